// Colours of the pictures: Grafana's names, close to its own.
export interface Theme {
  page: string;
  panel: string;
  line: string;
  grid: string;
  ink: string;
  faint: string;
  heat: string[];
}

export const THEMES: Record<string, Theme> = {
  dark: {
    page: '#111217',
    panel: '#181b1f',
    line: '#25292f',
    grid: '#2c3036',
    ink: '#d4d4de',
    faint: '#8e8f9b',
    heat: ['#1d2f55', '#1f60c4', '#5794f2', '#a9ccff'],
  },
  light: {
    page: '#f4f5f5',
    panel: '#ffffff',
    line: '#dfe1e4',
    grid: '#e6e8eb',
    ink: '#24292e',
    faint: '#6e7079',
    heat: ['#e3eeff', '#8ab8ff', '#1f60c4', '#0b2a5c'],
  },
};

const NAMED: Record<string, string> = {
  green: '#73bf69',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  purple: '#b877d9',
  text: '#8e8f9b',
};

export const color = (name: string): string => NAMED[name] ?? name;

/** For series without a colour of their own, in turn. */
export const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#37872d',
  '#fade2a',
  '#96d98d',
  '#ffb357',
  '#ca95e5',
];
