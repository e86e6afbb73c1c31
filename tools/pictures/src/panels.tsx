// One component for each kind of panel. Lines, numbers and frames are Grafana's own components; heatmap, state timeline
// and table are drawn here, since Grafana publishes no component of the first two and its table scrolls.

import { type DataFrame, type GrafanaTheme2, getFieldDisplayName, reduceField, type TimeRange } from '@grafana/data';
import { BigValue, BigValueGraphMode, TimeSeries } from '@grafana/ui';
import React from 'react';
import { frames, legend, number, numberField, type Panel, type Series } from './frames';

export type Drawn = { panel: Panel; answers: Series[][]; range: TimeRange; theme: GrafanaTheme2; width: number; height: number };

export function Body(drawn: Drawn): React.JSX.Element {
  if (!drawn.answers.some((series) => series.length > 0)) return <div style={{ padding: 20, color: '#f2495c' }}>No data</div>;
  switch (drawn.panel.type) {
    case 'timeseries': return <Lines {...drawn} />;
    case 'stat': return <Numbers {...drawn} />;
    case 'table': return <Rows {...drawn} />;
    case 'heatmap': return <Heatmap {...drawn} />;
    default: return <Timeline {...drawn} />;
  }
}

function Lines({ panel, answers, range, theme, width, height }: Drawn) {
  const series = frames(panel, answers, theme);
  return <TimeSeries frames={series} timeRange={range} timeZone="utc" width={width} height={height} legend={panel.options.legend} options={panel.options as any} />;
}

function Numbers({ panel, answers, range, theme, width, height }: Drawn) {
  const series = frames(panel, answers, theme).slice(0, 3);
  return (
    <div style={{ display: 'flex' }}>
      {series.map((frame) => {
        const field = frame.fields[1]!;
        const last = reduceField({ field, reducers: ['lastNotNull'] }).lastNotNull;
        const name = getFieldDisplayName(field, frame);
        const value = panel.options.textMode === 'name' ? { ...field.display!(last), text: name, suffix: '', prefix: '' } : field.display!(last);
        const sparkline = panel.options.graphMode === 'area' ? { y: field, timeRange: range } : undefined;
        return <BigValue key={name} value={value} sparkline={sparkline} width={width / series.length} height={height} theme={theme} graphMode={sparkline ? BigValueGraphMode.Area : BigValueGraphMode.None} colorMode={panel.options.colorMode} textMode={'value' as any} />;
      })}
    </div>
  );
}

/** The merged and renamed columns that the panel's transformations give. */
function Rows({ panel, answers, theme, height }: Drawn) {
  const columns = panel.targets!.map((target) => target.legendFormat);
  const labels = [...new Set(answers.flat().flatMap((one) => Object.keys(one.metric)))].filter((name) => name !== '__name__');
  const rows = new Map<string, { labels: string[]; values: (number | null)[] }>();
  answers.forEach((series, column) => series.forEach((one) => {
    const key = labels.map((name) => one.metric[name] ?? '');
    const row = rows.get(key.join('\n')) ?? { labels: key, values: columns.map(() => null) };
    row.values[column] = number(one.values[0]![1]);
    rows.set(key.join('\n'), row);
  }));
  const by = columns.indexOf(panel.options.sortBy[0].displayName);
  const sorted = [...rows.values()].sort((a, b) => (b.values[by] ?? -1) - (a.values[by] ?? -1)).slice(0, Math.floor(height / 28) - 1);
  const fields = columns.map((name) => numberField(panel, name, [], theme));
  return (
    <table className="rows">
      <thead><tr>{[...labels, ...columns].map((name) => <th key={name}>{name}</th>)}</tr></thead>
      <tbody>{sorted.map((row) => (
        <tr key={row.labels.join()}>
          {row.labels.map((label, i) => <td key={i}>{label}</td>)}
          {row.values.map((value, i) => {
            const shown = value === null ? undefined : fields[i]!.display!(value);
            const coloured = (fields[i]!.config.custom as any)?.cellOptions?.type === 'color-text';
            return <td key={i} style={coloured ? { color: shown?.color } : {}}>{shown ? `${shown.prefix ?? ''}${shown.text}${shown.suffix ?? ''}` : ''}</td>;
          })}
        </tr>
      ))}</tbody>
    </table>
  );
}

const OFF = { left: 62, bottom: 24, top: 6, right: 10 };

function Heatmap({ panel, answers, range, theme, width, height }: Drawn) {
  const series = [...answers[0]!].sort((a, b) => bound(a) - bound(b)).filter((one) => Number.isFinite(bound(one)));
  const times = [...new Set(series.flatMap((one) => one.values.map(([t]) => t)))].sort((a, b) => a - b);
  const cumulative = series.map((one) => new Map(one.values.map(([t, v]) => [t, Number(v)])));
  const own = (row: number, t: number) => Math.max(0, (cumulative[row]!.get(t) ?? 0) - (row ? cumulative[row - 1]!.get(t) ?? 0 : 0));
  const most = Math.max(...series.flatMap((_, row) => times.map((t) => own(row, t))), 1e-9);
  const [from, to] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  const x = (t: number) => OFF.left + ((t - from) / (to - from)) * (width - OFF.left - OFF.right);
  const cell = (height - OFF.top - OFF.bottom) / series.length;
  const y = (row: number) => height - OFF.bottom - (row + 1) * cell;
  return (
    <svg width={width} height={height} fontSize={12} fill={theme.colors.text.secondary}>
      {series.map((one, row) => (row % 2 ? null : <text key={row} x={OFF.left - 6} y={y(row) + 4} textAnchor="end">{seconds(bound(one))}</text>))}
      {series.flatMap((_, row) => times.map((t) => {
        const share = own(row, t) / most;
        return share > 0.0005 ? <rect key={`${row} ${t}`} x={x(t - 1)} width={x(t) - x(t - 1) + 0.4} y={y(row)} height={cell - 1} fill={heat(Math.sqrt(share))} /> : null;
      }))}
      {ticks(from, to).map((t) => <text key={t} x={x(t)} y={height - 6} textAnchor="middle">{clock(t, to - from)}</text>)}
    </svg>
  );
}

function Timeline({ panel, answers, range, theme, width, height }: Drawn) {
  const series = answers.flatMap((all, i) => all.map((one) => ({ name: legend(panel.targets![i]!.legendFormat, one.metric), values: one.values })));
  const field = numberField(panel, '', [], theme);
  const left = Math.min(230, width * 0.4);
  const [from, to] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  const x = (t: number) => left + ((t - from) / (to - from)) * (width - left - OFF.right);
  const row = Math.min(26, (height - OFF.bottom) / series.length);
  return (
    <svg width={width} height={height} fontSize={Math.min(12, row * 0.8)} fill={theme.colors.text.secondary}>
      {series.map(({ name, values }, i) => (
        <g key={name}>
          <text x={left - 8} y={i * row + row * 0.7} textAnchor="end">{name.length > 34 ? `…${name.slice(-33)}` : name}</text>
          {values.map(([t, v]) => <rect key={t} x={x(t)} width={x(t + 1) - x(t) + 0.4} y={i * row + 2} height={row * 0.8} fill={field.display!(Number(v)).color} />)}
        </g>
      ))}
      {ticks(from, to).map((t) => <text key={t} x={x(t)} y={height - 6} fontSize={12} textAnchor="middle">{clock(t, to - from)}</text>)}
    </svg>
  );
}

const bound = (one: Series) => (one.metric.le === '+Inf' ? Infinity : Number(one.metric.le));
const seconds = (value: number) => (value < 1 ? `${value * 1000} ms` : `${value} s`);

function ticks(from: number, to: number): number[] {
  const step = [10, 30, 60, 120].find((s) => (to - from) / s < 8) ?? 300;
  const first = Math.ceil((from + step * 0.3) / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((to - step * 0.2 - first) / step)) }, (_, i) => first + i * step);
}

function clock(t: number, span: number): string {
  return new Date(t * 1000).toISOString().slice(11, span < 300 ? 19 : 16);
}

/** From the panel's background to a light yellow, over orange. */
function heat(share: number): string {
  const stops = [[60, 30, 20], [200, 80, 20], [255, 150, 40], [255, 235, 170]];
  const at = Math.min(share, 0.9999) * (stops.length - 1);
  const [a, b] = [stops[Math.floor(at)]!, stops[Math.floor(at) + 1]!];
  return `rgb(${a.map((c, i) => Math.round(c + (b[i]! - c) * (at % 1))).join(',')})`;
}
