// A dashboard around its panels: variables, links, and every panel's place and id.
// Knows: Grafana's dashboard model. Does not know: any panel.

import { type AnnotationQuery, type Dashboard, DashboardCursorSync, type Panel, type RowPanel, type VariableModel, VariableRefresh, VariableSort } from '@grafana/schema';
import { COLOURS } from './colours.js';
import type { Placed } from './panels.js';
import { one } from './select.js';

/** The version of Grafana's dashboard model that the written JSON has; newer ones read it. */
const SCHEMA_VERSION = 41;
const GRID_WIDTH = 24;
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Where an alert begins to fire, a line through every graph. */
const firing = {
  name: 'Firing alerts', enable: true, iconColor: COLOURS.red, datasource, expr: `ALERTS{${one}, alertstate="firing"}`, step: '60s',
  titleFormat: '{{alertname}}', textFormat: '{{severity}} {{server}} {{instance}}', tagKeys: 'severity', useValueForTime: false,
} as AnnotationQuery;

export type Section = { title: string; panels: Placed[] };
/**
 * A variable that is filled from a label, narrowed by those before it. `all` is what All stands for; without it All is
 * the values themselves, so that `up` and `process_…` are not those of everything else that Prometheus scrapes.
 */
export type LabelVariable = { name: string; label: string; metric: string; by: string; all?: string };

/** Which targets, which nginx: on every dashboard. */
export const INSTANCES: LabelVariable[] = [
  { name: 'job', label: 'Job', metric: 'hangup_build_info', by: '' },
  { name: 'instance', label: 'Instance', metric: 'hangup_build_info', by: 'job=~"$job"' },
];
/** Which server block. */
export const SERVER: LabelVariable = { name: 'server', label: 'Server', metric: 'hangup_http_requests_total', by: 'job=~"$job", instance=~"$instance"', all: '.*' };
/** Which paths of it. */
export const ROUTE: LabelVariable = { name: 'route', label: 'Route', metric: 'hangup_http_requests_total', by: 'job=~"$job", instance=~"$instance", server=~"$server"', all: '.*' };
/** Which upstream server. */
export const UPSTREAM: LabelVariable = { name: 'upstream', label: 'Upstream', metric: 'hangup_upstream_tries_total', by: 'job=~"$job", instance=~"$instance"', all: '.*' };

export function dashboard(uid: string, title: string, description: string, variables: LabelVariable[], sections: Section[]): Dashboard {
  return {
    uid,
    title: `hangup / ${title}`,
    description,
    tags: ['hangup', 'nginx'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    refresh: '30s',
    links: [{ title: 'hangup', type: 'dashboards', tags: ['hangup'], asDropdown: false, icon: 'external link', includeVars: true, keepTime: true, targetBlank: false, tooltip: '', url: '' }],
    annotations: { list: [firing] },
    templating: { list: [datasourceVariable(), ...variables.map(labelVariable)] },
    panels: laidOut(sections),
  };
}

function datasourceVariable(): VariableModel {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', multi: false, includeAll: false, refresh: VariableRefresh.onDashboardLoad };
}

function labelVariable({ name, label, metric, by, all }: LabelVariable): VariableModel {
  const query = `label_values(${metric}${by && `{${by}}`}, ${name})`;
  return {
    name, label, type: 'query', datasource, query: { query, refId: name }, refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.alphabeticalAsc, multi: true, includeAll: true, ...(all === undefined ? {} : { allValue: all }), current: { text: 'All', value: '$__all' },
  };
}

/** Left to right, a new line where the grid is full; ids count up, so they are unique. */
function laidOut(sections: Section[]): Array<Panel | RowPanel> {
  const panels: Array<Panel | RowPanel> = [];
  let y = 0;
  for (const section of sections) {
    panels.push({ type: 'row', id: panels.length + 1, title: section.title, collapsed: false, gridPos: { x: 0, y, w: GRID_WIDTH, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { width, height, panel } of section.panels) {
      if (x + width > GRID_WIDTH) {
        [x, y, lineHeight] = [0, y + lineHeight, 0];
      }
      panels.push({ id: panels.length + 1, ...panel, gridPos: { x, y, w: width, h: height } });
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return panels;
}
