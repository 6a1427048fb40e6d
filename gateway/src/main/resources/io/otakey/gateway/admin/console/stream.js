// Events as they happen: a stream that goes on at its cursor, and pages while there is none.
import { address, Away, get, read, Refused, send } from './api.js';

const SILENCE_MILLIS = 40_000; // the gateway says something every 15 s
const REST_MILLIS = 1000;
const POLL_MILLIS = 5000;
const LONGEST_REST_MILLIS = 10_000;

/** Follows the events of a filter until it is stopped. */
export class Follower {
  /**
   * @param {Record<string, unknown>} filter as `GET /events` takes it
   * @param {{events: (events: object[]) => void, state: (state: 'live' | 'asking' | 'away') => void,
   *   gap: () => void, ended: (failure: Refused) => void}} listener `gap` after events that nobody saw
   * @param {string} [cursor] where to go on; else from now
   */
  constructor(filter, listener, cursor) {
    this.filter = filter;
    this.listener = listener;
    this.cursor = cursor;
    this.stopping = new AbortController();
    this.rest = 0;
    void this.run();
  }

  stop() {
    this.stopping.abort();
  }

  async run() {
    while (!this.stopping.signal.aborted) {
      try {
        await this.stream();
        await this.pause(REST_MILLIS); // it ends every ten minutes
        continue;
      } catch (failure) {
        if (this.stopping.signal.aborted || this.fatal(failure)) {
          return;
        }
      }
      await this.pause(await this.poll());
    }
  }

  /** Whether there is no sense in going on. */
  fatal(failure) {
    if (failure instanceof Refused && (failure.status === 401 || failure.status === 403)) {
      this.listener.ended(failure);
      return true;
    }
    if (failure instanceof Refused && failure.status === 410) {
      this.cursor = undefined;
      this.listener.gap();
    }
    return false;
  }

  async stream() {
    const silence = new AbortController();
    const stop = () => silence.abort();
    this.stopping.signal.addEventListener('abort', stop);
    let watch = setTimeout(stop, SILENCE_MILLIS);
    try {
      const answer = await send(address('/events', this.filter), {
        headers: { Accept: 'text/event-stream', ...(this.cursor ? { 'Last-Event-ID': this.cursor } : {}) },
        signal: silence.signal,
      });
      if (!answer.ok) {
        throw new Refused(answer.status, await read(answer));
      }
      this.tell('live');
      if (this.cursor === undefined) {
        this.listener.gap(); // what came before the stream began
      }
      this.rest = 0;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(watch);
        watch = setTimeout(stop, SILENCE_MILLIS);
        this.take(parser.take(part.value));
      }
    } finally {
      clearTimeout(watch);
      this.stopping.signal.removeEventListener('abort', stop);
    }
  }

  /** Nobody is told of what was stopped. */
  tell(state) {
    if (!this.stopping.signal.aborted) {
      this.listener.state(state);
    }
  }

  take({ events, cursor }) {
    this.cursor = cursor ?? this.cursor;
    if (events.length > 0 && !this.stopping.signal.aborted) {
      this.listener.events(events);
    }
  }

  /** One page, as no stream is to be had; how long to rest then. */
  async poll() {
    try {
      if (this.cursor === undefined) {
        await get('/self');
        this.listener.gap();
      } else {
        const page = await get('/events', { ...this.filter, after: this.cursor });
        this.take({ events: page.events, cursor: page.next });
      }
      this.tell('asking');
      return POLL_MILLIS;
    } catch (failure) {
      if (!this.stopping.signal.aborted && !(failure instanceof Away)) {
        this.fatal(failure);
      }
      this.tell('away');
      this.rest = Math.min(LONGEST_REST_MILLIS, this.rest * 2 || 500);
      return this.rest * (0.5 + Math.random() / 2);
    }
  }

  pause(millis) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, millis);
      this.stopping.signal.addEventListener('abort', () => (clearTimeout(timer), resolve(null)), {
        once: true,
      });
    });
  }
}

/** Blocks of server-sent events from parts of text that end anywhere. */
class Parser {
  rest = '';

  take(text) {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop();
    const events = [];
    let cursor;
    for (const block of blocks) {
      for (const line of block.split('\n')) {
        if (line.startsWith('id: ')) {
          cursor = line.slice(4);
        } else if (line.startsWith('data: ')) {
          events.push(JSON.parse(line.slice(6)));
        }
      }
    }
    return { events, cursor };
  }
}
