// Whether a picture shows something in every panel.
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import type { Picture } from './preview.js';
import { THEMES } from './theme.js';

/** A panel with a title alone has fewer. */
const LEAST_SHARE = 0.001;
const BORDER = 3;
const TITLE = 30;

/** Titles of panels that have nothing beside their title. */
export function blank(file: string, { panels, width, height }: Picture, theme: string): string[] {
  const png = PNG.sync.read(readFileSync(file));
  if (png.width !== width || png.height !== height) {
    throw new Error(`${file} has ${png.width}×${png.height} pixels, not ${width}×${height}`);
  }
  const ground = Number.parseInt(THEMES[theme].panel.slice(1), 16);
  return panels
    .filter(({ x, y, width: w, height: h }) => {
      const rows = { from: Math.ceil(y + TITLE), to: Math.floor(y + h - BORDER) };
      const columns = { from: Math.ceil(x + BORDER), to: Math.floor(x + w - BORDER) };
      let drawn = 0;
      for (let row = rows.from; row < rows.to; row++) {
        for (let column = columns.from; column < columns.to; column++) {
          drawn += png.data.readUIntBE((row * png.width + column) * 4, 3) === ground ? 0 : 1;
        }
      }
      return drawn < LEAST_SHARE * (rows.to - rows.from) * (columns.to - columns.from);
    })
    .map(one => one.title);
}
