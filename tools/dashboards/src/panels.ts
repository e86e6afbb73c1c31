// The kinds of panel that hangup's dashboards are made of: a spec of what matters in, Grafana's own shape out.
// Knows: Grafana's panel options. Does not know: any metric.

import {
  AxisPlacement, BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, type DashboardLink,
  FieldColorModeId, type FieldConfig, GraphDrawStyle, GraphGradientMode, GraphThresholdsStyleMode, HeatmapCellLayout,
  LegendDisplayMode, LineInterpolation, type MappingType, type Panel, PercentChangeColorMode, ScaleDistribution,
  SortOrder, StackingMode, TableCellHeight, type Threshold, ThresholdsMode, TooltipDisplayMode, VisibilityMode,
  VizOrientation,
} from '@grafana/schema';
import type * as heatmapCfg from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as statCfg from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timelineCfg from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as tableCfg from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseriesCfg from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

import { COLOURS, type Colour } from './colours.js';

export const RUNBOOKS = 'https://github.com/hangup-exporter/hangup/blob/main/docs/runbooks';
const datasource = { type: 'prometheus', uid: '${datasource}' };

export type Query = [expr: string, legend: string];
export type Override = NonNullable<Panel['fieldConfig']>['overrides'][number];
type Base = {
  title: string;
  /** What a bad picture looks like, and which panel (in bold) to look at next. */
  description: string;
  width: number;
  height?: number;
  unit: string;
  queries: Query[];
  runbooks?: string[];
  /** Orange from the first, red from the second. */
  limits?: [warning: number, critical?: number];
  /** Red below 1 instead: for things that are up or down. */
  mustBeUp?: boolean;
  max?: number;
  /** Neither high nor low is bad by itself: no colour says so. */
  neutral?: boolean;
  /** What 1 and 0 are called. */
  words?: [up: string, down: string];
  /** Values below 0 mean something. */
  negative?: boolean;
};

/** A panel without its place on the grid. */
export type Placed = { width: number; height: number; panel: Panel };

type Timeseries = Base & { stack?: boolean; log?: boolean; bars?: boolean; overrides?: Override[] };

/** Lines over time; `limits` are drawn as dashed lines. */
export function timeseries(spec: Timeseries): Placed {
  const custom: timeseriesCfg.FieldConfig = {
    drawStyle: spec.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line,
    lineInterpolation: LineInterpolation.Linear,
    // A stack is read by its areas: the line of a series that is 0 would lie on the one below it.
    lineWidth: spec.bars || spec.stack ? 0 : 1,
    fillOpacity: spec.bars || spec.stack ? 75 : spec.log ? 0 : 8,
    gradientMode: GraphGradientMode.None,
    showPoints: VisibilityMode.Never,
    spanNulls: false,
    axisPlacement: AxisPlacement.Auto,
    scaleDistribution: spec.log ? { type: ScaleDistribution.Log, log: 10 } : { type: ScaleDistribution.Linear },
    stacking: { group: 'A', mode: spec.stack ? StackingMode.Normal : StackingMode.None },
    thresholdsStyle: { mode: spec.limits ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off },
  };
  const options: timeseriesCfg.Options = {
    legend: legend(spec.queries),
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  };
  const defaults: FieldConfig = { ...field(spec, FieldColorModeId.PaletteClassic), custom: { ...custom } };
  // A logarithmic axis has no 0.
  if (spec.log) delete defaults.min;
  return placed(spec, 'timeseries', { ...options }, { defaults, overrides: spec.overrides ?? [] }, false);
}

/** Below a panel there is room for three names, beside it for as many as it is high. */
function legend(queries: Query[]): timeseriesCfg.Options['legend'] {
  const many = queries.length > 3 || queries.some(([, name]) => name.includes('{{'));
  const sorted = { showLegend: true, displayMode: LegendDisplayMode.Table, sortBy: 'Max', sortDesc: true };
  return many ? { ...sorted, placement: 'right', calcs: ['max'] } : { ...sorted, placement: 'bottom', calcs: ['lastNotNull', 'max'] };
}

/** One number with its recent course behind it. */
export function stat(spec: Base & { text?: 'name' | 'value' }): Placed {
  const options: statCfg.Options = {
    colorMode: BigValueColorMode.Value,
    graphMode: spec.text ? BigValueGraphMode.None : BigValueGraphMode.Area,
    justifyMode: BigValueJustifyMode.Auto,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Inverted,
    reduceOptions: { values: false, calcs: ['lastNotNull'], fields: '' },
    showPercentChange: false,
    textMode: spec.text === 'name' ? BigValueTextMode.Name : BigValueTextMode.Auto,
    wideLayout: true,
  };
  return placed({ height: 4, ...spec }, 'stat', { ...options }, { defaults: field(spec, FieldColorModeId.Thresholds), overrides: [] }, false);
}

/** Classic buckets over time; the query sums `…_bucket` by `le`. */
export function heatmap(spec: Base): Placed {
  const options: heatmapCfg.Options = {
    calculate: false,
    cellGap: 1,
    color: { mode: 'scheme' as heatmapCfg.HeatmapColorMode, scheme: 'Oranges', scale: 'exponential' as heatmapCfg.HeatmapColorScale, exponent: 0.5, steps: 64, reverse: false, fill: COLOURS.orange },
    exemplars: { color: COLOURS.purple },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: HeatmapCellLayout.auto },
    showValue: VisibilityMode.Never,
    tooltip: { mode: TooltipDisplayMode.Single, yHistogram: true, showColorScale: true },
    yAxis: { axisPlacement: AxisPlacement.Left, unit: spec.unit },
  };
  const made = placed(spec, 'heatmap', { ...options }, { defaults: {}, overrides: [] }, false);
  made.panel.targets = made.panel.targets?.map((target) => ({ ...target, format: 'heatmap' }));
  return made;
}

/** A row for each value of `by`, a column for each query, named by its legend. */
export function table(spec: Base & { by: string; columns: Record<string, { unit: string; limits?: [number, number?] }>; sortBy: string; link?: Link }): Placed {
  const options: tableCfg.Options = { frameIndex: 0, showHeader: true, cellHeight: TableCellHeight.Sm, sortBy: [{ displayName: spec.sortBy, desc: true }] };
  const names = spec.queries.map(([, legend], i) => [`Value #${refId(i)}`, legend] as const);
  const overrides: Override[] = Object.entries(spec.columns).map(([name, { unit, limits }]) => ({
    matcher: { id: 'byName', options: name },
    properties: [
      { id: 'unit', value: unit },
      ...(limits ? [{ id: 'thresholds', value: thresholds({ limits }) }, { id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
    ],
  }));
  if (spec.link) overrides.push(linked(spec.by, spec.link));
  const made = placed(spec, 'table', { ...options }, { defaults: field(spec, FieldColorModeId.Thresholds), overrides }, true);
  made.panel.transformations = [
    { id: 'merge', options: {} },
    { id: 'organize', options: { excludeByName: { Time: true }, renameByName: Object.fromEntries(names.length > 1 ? names : [['Value', names[0]?.[1]]]) } },
  ];
  return made;
}

/** Where a click on a row's name leads: to a dashboard with that value chosen. */
export type Link = { title: string; dashboard: string };

function linked(by: string, { title, dashboard }: Link): Override {
  const kept = ['datasource', 'job', 'instance', 'server'].map((name) => `\${${name}:queryparam}`).join('&');
  const url = `/d/${dashboard}?\${__url_time_range}&${kept}&var-${by}=\${__value.raw}`;
  return { matcher: { id: 'byName', options: by }, properties: [{ id: 'links', value: [{ title, url, targetBlank: false }] }] };
}

/** A bar for each series, coloured while its value is 1 (or by `mustBeUp`). */
export function timeline(spec: Base & { on: string; off: string }): Placed {
  const options: timelineCfg.Options = {
    mergeValues: true,
    rowHeight: 0.85,
    showValue: VisibilityMode.Never,
    legend: { showLegend: false, displayMode: LegendDisplayMode.List, placement: 'bottom', calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
  };
  const defaults: FieldConfig = {
    ...field(spec, FieldColorModeId.Thresholds),
    custom: { lineWidth: 0, fillOpacity: 85 },
    mappings: mappings({ ...spec, mustBeUp: true, words: [spec.on, spec.off] }),
  };
  return placed(spec, 'state-timeline', { ...options }, { defaults, overrides: [] }, false);
}

/** A dashed line without fill, in a colour of its own: how limits that are series are drawn. */
export function limitLine(pattern: string, colour: Colour = 'red'): Override {
  return {
    matcher: { id: 'byRegexp', options: pattern },
    properties: [
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 8] } },
      { id: 'custom.fillOpacity', value: 0 },
      { id: 'custom.lineWidth', value: 2 },
      { id: 'custom.stacking', value: { group: 'limits', mode: StackingMode.None } },
      { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: COLOURS[colour] } },
    ],
  };
}

/** Another quantity over the same time: a line with its unit on the right. */
export function rightAxis(pattern: string, unit: string): Override {
  return {
    matcher: { id: 'byRegexp', options: pattern },
    properties: [
      { id: 'unit', value: unit },
      { id: 'custom.axisPlacement', value: AxisPlacement.Right },
      { id: 'custom.fillOpacity', value: 0 },
      { id: 'thresholds', value: thresholds({}) },
    ],
  };
}

/** Series that are 1 or 0, in words. */
export function inWords(pattern: string, up: string, down: string): Override {
  return { matcher: { id: 'byRegexp', options: pattern }, properties: [{ id: 'mappings', value: words(up, down) }] };
}

/** What always means the same is always drawn in the same colour. */
export function coloured(pattern: string, colour: Colour): Override {
  return {
    matcher: { id: 'byRegexp', options: pattern },
    properties: [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: COLOURS[colour] } }],
  };
}

function placed(spec: Base, type: string, options: Record<string, unknown>, fieldConfig: NonNullable<Panel['fieldConfig']>, instant: boolean): Placed {
  const targets = spec.queries.map(([expr, legendFormat], i) => ({
    refId: refId(i), datasource, expr, legendFormat, editorMode: 'code', instant, range: !instant,
    // The requests that a bucket has as examples are points on its graph.
    ...(!instant && expr.includes('_bucket{') ? { exemplar: true } : {}), ...(instant ? { format: 'table' } : {}),
  }));
  const links = (spec.runbooks ?? []).map(runbook);
  const panel: Panel = { type, title: spec.title, description: spec.description, datasource, targets, fieldConfig, options, ...(links.length ? { links } : {}) };
  return { width: spec.width, height: spec.height ?? 9, panel };
}

function field(spec: Base, color: FieldColorModeId): FieldConfig {
  return { unit: spec.unit, ...(spec.negative ? {} : { min: 0 }), ...(spec.max === undefined ? {} : { max: spec.max }), color: spec.neutral ? { mode: FieldColorModeId.Fixed, fixedColor: 'text' } : { mode: color }, thresholds: thresholds(spec), mappings: mappings(spec) };
}

/** Up and down in words, where 1 and 0 mean that. */
function mappings(spec: Base): FieldConfig['mappings'] {
  if (!spec.mustBeUp) return [];
  const [up, down] = spec.words ?? ['up', 'down'];
  return words(up, down);
}

function words(up: string, down: string): NonNullable<FieldConfig['mappings']> {
  return [{ type: 'value' as MappingType.ValueToText, options: { '0': { text: down, index: 0 }, '1': { text: up, index: 1 } } }];
}

function thresholds(spec: Pick<Base, 'limits' | 'mustBeUp'>): { mode: ThresholdsMode; steps: Threshold[] } {
  // JSON has no -Infinity; Grafana writes null for the first step's value and reads it back as that.
  const from = null as unknown as number;
  const steps: Threshold[] = [{ value: from, color: spec.mustBeUp ? COLOURS.red : COLOURS.sky }];
  const [warning, critical] = spec.limits ?? [];
  if (spec.mustBeUp) steps.push({ value: 1, color: COLOURS.sky });
  if (warning !== undefined) steps.push({ value: warning, color: critical === undefined ? COLOURS.red : COLOURS.orange });
  if (critical !== undefined) steps.push({ value: critical, color: COLOURS.red });
  return { mode: ThresholdsMode.Absolute, steps };
}

function runbook(alert: string): DashboardLink {
  return { title: alert, type: 'link', url: `${RUNBOOKS}/${alert}.md`, targetBlank: true, icon: 'doc', tooltip: '', tags: [], asDropdown: false, includeVars: false, keepTime: false };
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
