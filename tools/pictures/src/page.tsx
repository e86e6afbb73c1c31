// A page that looks like the dashboard in Grafana: its panels on its grid. What to draw stands in window.PICTURE.

import { createTheme, dateTime, type TimeRange } from '@grafana/data';
import { PanelChrome, ThemeContext } from '@grafana/ui';
import { GlobalStyles } from '@grafana/ui/dist/esm/themes/GlobalStyles/GlobalStyles.js';
import React from 'react';
import { createRoot } from 'react-dom/client';
import 'uplot/dist/uPlot.min.css';
import type { Panel, Series } from './frames';
import { Body } from './panels';

type Picture = { title: string; panels: Panel[]; answers: Record<number, Series[][]>; range: { from: number; to: number }; width: number };
const picture = (window as unknown as { PICTURE: Picture }).PICTURE;

/** Grafana's grid: 24 columns, lines of 30 px, 8 px between. */
const [LINE, GAP, COLUMNS] = [30, 8, 24];
const theme = createTheme({ colors: { mode: 'dark' } });

function Dashboard() {
  const [from, to] = [dateTime(picture.range.from), dateTime(picture.range.to)];
  const range: TimeRange = { from, to, raw: { from, to } };
  const column = (picture.width - GAP) / COLUMNS;
  const line = LINE + GAP;
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <style>{`body{background:${theme.colors.background.canvas}} .rows{width:100%;font-size:13px;border-collapse:collapse} .rows th{text-align:left;color:${theme.colors.primary.text};font-weight:500} .rows th,.rows td{padding:3px 8px;height:27px;border-bottom:1px solid ${theme.colors.border.weak}}`}</style>
      {picture.title && <h3 style={{ position: 'absolute', left: 2 * GAP, top: GAP, margin: 0 }}>{picture.title}</h3>}
      {picture.panels.map((panel) => {
        const { x, y, w, h } = panel.gridPos;
        const place = { position: 'absolute' as const, left: GAP + x * column, top: (picture.title ? 40 : GAP) + y * line };
        const [width, height] = [w * column - GAP, h * line - GAP];
        if (panel.type === 'row') return <div key={panel.id} style={{ ...place, width, height, fontSize: 16, fontWeight: 500, paddingTop: 4 }}>⌄ {panel.title}</div>;
        return (
          <div key={panel.id} style={place}>
            <PanelChrome title={panel.title} width={width} height={height} padding={panel.type === 'stat' ? 'none' : 'md'}>
              {(innerWidth, innerHeight) => <Body panel={panel} answers={picture.answers[panel.id]!} range={range} theme={theme} width={innerWidth} height={innerHeight} />}
            </PanelChrome>
          </div>
        );
      })}
    </ThemeContext.Provider>
  );
}

createRoot(document.getElementById('root')!).render(<Dashboard />);
