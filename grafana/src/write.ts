// Writes dashboards/*.json from their sources.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './contract.js';
import { boards } from './dashboards/index.js';

/** A dashboard as its file has it. */
export const text = (dashboard: unknown): string => `${JSON.stringify(dashboard, null, 2)}\n`;

export const FOLDER = join(ROOT, 'grafana/dashboards');

export function writeAll(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, board] of Object.entries(boards)) {
    writeFileSync(join(FOLDER, `${name}.json`), text(board.json));
  }
}
