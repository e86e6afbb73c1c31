// Colours that people with any kind of colour vision can tell apart (Okabe and Ito). Knows: names and values.
// Does not know: what is drawn in them.

export const COLOURS = {
  blue: '#0072B2',
  sky: '#56B4E9',
  green: '#009E73',
  yellow: '#F0E442',
  orange: '#E69F00',
  red: '#D55E00',
  purple: '#CC79A7',
  grey: '#999999',
} as const;

export type Colour = keyof typeof COLOURS;
