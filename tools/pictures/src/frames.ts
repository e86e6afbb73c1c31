// What Prometheus answered, as Grafana's data frames, with a panel's field config laid over each series.
// Knows: @grafana/data. Does not know: any kind of panel.

import { type DataFrame, type Field, FieldType, type GrafanaTheme2, getDisplayProcessor, ThresholdsMode } from '@grafana/data';

export type Series = { metric: Record<string, string>; values: [number, string][] };
export type Target = { refId: string; legendFormat: string };
export type Panel = {
  id: number; type: string; title: string; gridPos: { x: number; y: number; w: number; h: number }; targets?: Target[];
  fieldConfig: { defaults: any; overrides: { matcher: { id: string; options: string }; properties: { id: string; value: any }[] }[] };
  options: any; transformations?: any[];
};

/** One frame for each series, named as its legend says. */
export function frames(panel: Panel, answers: Series[][], theme: GrafanaTheme2): DataFrame[] {
  const all = answers.flatMap((series, i) => series.map((one) => ({ one, legend: legend(panel.targets![i]!.legendFormat, one.metric) })));
  return all.map(({ one, legend }, index) => {
    const time: Field = { name: 'Time', type: FieldType.time, config: {}, values: one.values.map(([t]) => t * 1000) };
    const value = numberField(panel, legend, one.values.map(([, v]) => number(v)), theme);
    value.state = { seriesIndex: index, displayName: legend };
    return { name: legend, length: one.values.length, fields: [time, value] };
  });
}

export function numberField(panel: Panel, name: string, values: (number | null)[], theme: GrafanaTheme2): Field {
  const field: Field = { name, type: FieldType.number, config: config(panel, name), values };
  field.display = getDisplayProcessor({ field, theme });
  return field;
}

export function number(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

export function legend(format: string, labels: Record<string, string>): string {
  return format.replace(/\{\{(\w+)\}\}/g, (_, name) => labels[name] ?? '');
}

/** The panel's defaults, and every override whose matcher fits, as Grafana applies them. */
function config(panel: Panel, name: string): any {
  const made = structuredClone(panel.fieldConfig.defaults ?? {});
  made.displayName = name;
  for (const { matcher, properties } of panel.fieldConfig.overrides ?? []) {
    const fits = matcher.id === 'byName' ? matcher.options === name : new RegExp(`^(?:${matcher.options})$`).test(name);
    if (!fits) continue;
    for (const { id, value } of properties) {
      if (id.startsWith('custom.')) made.custom = { ...made.custom, [id.slice('custom.'.length)]: value };
      else made[id] = value;
    }
  }
  made.thresholds ??= { mode: ThresholdsMode.Absolute, steps: [] };
  made.thresholds.steps.forEach((step: any) => (step.value ??= -Infinity));
  return made;
}
