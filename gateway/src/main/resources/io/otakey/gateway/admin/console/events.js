// Events, newest first, and as they happen.
import { get } from './api.js';
import { linkTo } from './devices.js';
import { badge, el, replace, say, show } from './dom.js';
import { BY_OPERATORS, KEYS, moment, SECURITY, told } from './words.js';

const PAGE = 50;
const MOST = 200;
/** Pages that one click looks through: each looks at 5,000 events. */
const LOOKS = 20;

const CHOICES = {
  security: ['Security', SECURITY],
  operators: ['Operators', BY_OPERATORS],
  keys: ['Keys', KEYS],
  all: ['All', []],
};

/** Events as items of a list; what a kind of security event means is said once. */
export function entries(events, { withDevice = true, withMeaning = true } = {}) {
  const said = new Set();
  return events.map(event => {
    const { name, tone, means } = told(event);
    const text = withMeaning && !said.has(means) ? means : '';
    if (SECURITY.includes(event.kind)) {
      said.add(means);
    }
    return el(
      'li',
      {},
      el('time.faint', { datetime: event.at }, moment(event.at)),
      el(
        'div',
        {},
        el('p.row', {}, badge(name, tone), withDevice && device(event)),
        text && el('p.small', {}, text),
      ),
    );
  });
}

/** Whose event it is, if it is of a device or of a product. */
const device = ({ productId, deviceId }) =>
  deviceId
    ? el('a', { href: linkTo({ productId, deviceId }) }, `${productId}/${deviceId}`)
    : (productId ?? null);

/** A bounded list of events, newest first, each once. */
export class Events {
  list = [];
  /** Where to look further back; null: nowhere, undefined: not looked yet. */
  next = undefined;

  constructor(filter) {
    this.filter = filter;
  }

  /** Looks at the newest ones; true if there was something new. */
  async newest(limit = PAGE) {
    const page = await get('/events/newest', { ...this.filter, limit });
    if (this.next === undefined) {
      this.next = page.next;
    }
    this.add(page.events);
    if (this.list.length === 0) {
      await this.older(limit);
    }
  }

  /** Goes back until a page is full, or for so many looks. */
  async older(limit = PAGE) {
    const wanted = this.list.length + limit;
    for (let looks = 0; looks < LOOKS && this.next && this.list.length < wanted; looks++) {
      const page = await get('/events/newest', { ...this.filter, before: this.next, limit });
      this.next = page.next;
      this.list.push(...page.events);
    }
  }

  /** What came, in any order. */
  add(events) {
    const known = new Set(this.list.map(event => event.cursor));
    this.list.push(...events.filter(event => !known.has(event.cursor)));
    this.list.sort((a, b) => compare(b.cursor, a.cursor));
    if (this.list.length > MOST) {
      this.list.length = MOST;
      this.next = this.list.at(-1).cursor;
    }
  }
}

/** What the button for older events does. */
export async function lookBack(events, button, draw) {
  button.disabled = true;
  try {
    await events.older();
    draw();
  } catch (failure) {
    say(failure.message);
  } finally {
    button.disabled = false;
  }
}

/** Cursors are numbers with a hyphen between. */
function compare(a, b) {
  const [x, y] = [a, b].map(cursor => cursor.split('-').map(Number));
  return x[0] - y[0] || x[1] - y[1];
}

export function view({ region, args }) {
  const chosen = CHOICES[args.query.get('show')] ? args.query.get('show') : 'security';
  const kind = CHOICES[chosen][1];
  const events = new Events({ kind });
  const choice = el(
    'nav.choice',
    { 'aria-label': 'Kinds of events' },
    Object.entries(CHOICES).map(([key, [name]]) =>
      el('a', { href: `#/events?show=${key}`, 'aria-current': key === chosen ? 'true' : false }, name),
    ),
  );
  const list = el('div');
  const more = el('div');
  const draw = () => {
    if (!region.contains(list)) {
      replace(region, choice, list, more);
    }
    show(list, events.list, () =>
      events.list.length === 0
        ? el(
            'p.empty',
            {},
            chosen === 'security' ? 'No security event is kept: all is calm.' : 'There are no such events.',
          )
        : el('ul.events', {}, entries(events.list)),
    );
    const full = events.list.length >= MOST;
    show(more, [events.next !== null, full], () =>
      full
        ? el('p.small', {}, `The newest ${MOST}; all: ./otakey admin events`)
        : events.next && el('button', { type: 'button', onclick: back }, 'Look further back'),
    );
  };
  const back = event => lookBack(events, event.currentTarget, draw);
  return {
    title: 'Events',
    lead: 'What happened to devices. Security events are evidence for people; nothing is done about them by itself.',
    every: 60_000,
    follow: { kind },
    async refresh() {
      await events.newest();
      draw();
    },
    told(news) {
      events.add(news);
      draw();
      say(`${told(news.at(-1)).name} ${news.at(-1).deviceId ?? ''}`);
    },
  };
}
