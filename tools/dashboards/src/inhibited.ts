// Alerts as Alertmanager passes them on: those that fire, without those that the shipped rules inhibit.
// Knows: the few shapes in which alerts/alertmanager.yml writes its inhibition rules. Does not know: any alert.

import { readFileSync } from 'node:fs';

const RULE = /source_matchers: \[(.*)\]\n\s+target_matchers: \[(.*)\]\n\s+equal: (.*)/g;

/** What is named with `&name` once and meant by `*name` later. */
const named = new Map<string, string>();

function resolved(text: string): string {
  const [, name, value] = /^&(\w+) (.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) {
    named.set(name, value);
    return value;
  }
  if (!text.startsWith('*')) return text;
  const meant = named.get(text.slice(1));
  if (meant === undefined) throw new Error(`alertmanager.yml means ${text}, which stands nowhere before`);
  return meant;
}

/** The matchers of a list, as PromQL spells them. No value has a comma in it. */
const matchers = (list: string): string => list.split(', ').map((item) => resolved(item).replace(/ (=~|!=|!~|=) /, '$1')).join(', ');

/** Alerts that fire and are not inhibited by another one that does. */
export function told(selected: string, file: URL): string {
  const firing = (more: string): string => `ALERTS{${selected}, alertstate="firing"${more && `, ${more}`}}`;
  const rules = [...readFileSync(file, 'utf8').matchAll(RULE)];
  if (rules.length === 0) throw new Error('alertmanager.yml has no inhibition rules that are understood');
  const inhibited = rules.map(([, source = '', target = '', equal = '']) => {
    const [cause, symptom] = [matchers(source), matchers(target)];
    const labels = resolved(equal).replace(/[[\]]/g, '');
    return `(${firing(symptom)} and on (${labels}) ${firing(cause)})`;
  });
  return `(${firing('')} unless (${inhibited.join(' or ')}))`;
}
