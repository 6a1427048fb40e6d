// Processes of a run: started, waited for, and ended with it whatever happens.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MILLIS = 50;
const PATIENCE_MILLIS = 120_000;
const STOP_MILLIS = 20_000;

export interface Member {
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Until something is so; fails if it ends before. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** Until it has printed this. */
  prints(text: string): Promise<void>;
  /** Until it has ended. */
  ends(): Promise<void>;
}

export class Crew {
  private readonly running: ChildProcess[] = [];
  private stopping?: Promise<void>;

  /** @param folder where each member's output goes */
  constructor(private readonly folder: string) {}

  start(name: string, command: string, args: string[], env: Record<string, string> = {}): Member {
    const file = join(this.folder, `${name}.log`);
    const log = openSync(file, 'w');
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', log, log] });
    closeSync(log);
    child.stdin?.on('error', () => {}); // it has ended: who waits for it is told so
    child.on('error', () => {}); // there is no such program: it has no pid
    this.running.push(child);
    const output = () => readFileSync(file, 'utf8');
    const waits = (what: string, holds: () => boolean) =>
      until(`${name} ${what}`, () => {
        const so = holds();
        if (!so && isGone(child)) {
          throw new Error(`${name} ended: ${output().slice(-2000)}`);
        }
        return so;
      });
    return {
      say: line => child.stdin?.write(`${line}\n`),
      until: waits,
      prints: text => waits(`to print ${text}`, () => output().includes(text)),
      ends: () => until(`the end of ${name}`, () => isGone(child)),
    };
  }

  /** Ends all, the last one first; whoever asks again waits for the same end. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const child of this.running.reverse()) {
      child.stdin?.end();
      child.kill('SIGTERM');
      await until('an end', () => isGone(child), STOP_MILLIS).catch(() => child.kill('SIGKILL'));
    }
  }
}

const isGone = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

/** Until something is so; fails if it never is. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patience = PATIENCE_MILLIS,
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new Error(`waited in vain for ${what}`);
    }
    await pause(LOOK_MILLIS);
  }
}

/** A port that nobody has now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
