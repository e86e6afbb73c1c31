// Checks objects of the Prometheus operator, JSON files named by the arguments, against the operator's schemas.
import { readFileSync } from 'node:fs';

let wrong = 0;
for (const path of process.argv.slice(2)) {
  const object = JSON.parse(readFileSync(path, 'utf8'));
  const module = await import(`@kubernetes-models/prometheus-operator/${object.apiVersion}/${object.kind}`);
  try {
    new module[object.kind](object).validate();
  } catch (error) {
    console.error(`${object.kind} ${object.metadata.name}: ${error.message}`);
    wrong += 1;
  }
}
process.exit(wrong ? 1 : 0);
