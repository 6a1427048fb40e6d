// The fleet at a glance: how many, what needs somebody, what goes on.
import { get, health, ifMay } from './api.js';
import { entry as campaignEntry } from './campaigns.js';
import { bar, badge, el, legend, replace, show } from './dom.js';
import { entries, Events } from './events.js';
import { BY_OPERATORS, capital, count, devices, moment, SECURITY, spaced, STATUS_TONES } from './words.js';

const CAMPAIGNS = 20;
const PRODUCTS = 24;
const NEWEST = 10;

const UNDER_WAY = ['planning', 'waiting-for-approval', 'ready', 'running', 'paused', 'stopping'];
const NOTABLE = [...SECURITY, ...BY_OPERATORS];

const NOTHING = { expected: 0, active: 0, blocked: 0, revoked: 0, removed: 0 };
const sum = byStatus => Object.values(byStatus).reduce((all, one) => all + one, 0);
const parts = byStatus =>
  Object.entries(STATUS_TONES).map(([name, tone]) => ({ name: capital(name), tone, count: byStatus[name] }));

export function view({ region }) {
  const places = ['tiles', 'needs', 'campaigns', 'products', 'newest'];
  const at = Object.fromEntries(places.map(name => [name, el('section')]));
  const events = new Events({ kind: NOTABLE });
  let shownProducts = PRODUCTS;

  const newest = () =>
    show(at.newest, events.list.slice(0, NEWEST), () => [
      el('h2', {}, 'Latest events'),
      events.list.length === 0
        ? el('p.empty', {}, 'No security event, and no operator changed a device.')
        : el('ul.events', {}, entries(events.list.slice(0, NEWEST), { withMeaning: false })),
      el('p', {}, el('a', { href: '#/events' }, 'All events')),
    ]);

  return {
    title: 'Fleet',
    every: 5000,
    follow: { kind: NOTABLE },
    async refresh() {
      const [fleet, { products }, { campaigns }, checks, platforms, hooks] = await Promise.all([
        get('/fleet'),
        get('/products'),
        get('/campaigns', { state: UNDER_WAY, limit: CAMPAIGNS }),
        health(),
        ifMay('/platforms'),
        ifMay('/webhooks'),
        events.newest(NEWEST),
      ]);
      if (!region.contains(at.tiles)) {
        replace(region, el('div.columns', {}, el('div', {}, at.needs, at.campaigns, at.products), at.newest));
        region.prepend(at.tiles);
      }
      const counted = new Map(fleet.products.map(one => [one.productId, one]));
      show(at.tiles, fleet.products, () => tiles(fleet));
      const needs = needed(products, campaigns, checks, platforms?.platforms ?? [], hooks?.webhooks ?? []);
      show(at.needs, needs, () => [el('h2', {}, 'Needs somebody'), list(needs)]);
      show(at.campaigns, campaigns, () => [
        el('h2', {}, 'Campaigns under way'),
        campaigns.length === 0
          ? el('p.empty', {}, 'None. ', el('a', { href: '#/campaigns' }, 'All campaigns'))
          : el(
              'ul.cards',
              {},
              campaigns.map(one => campaignEntry(one, 'h3')),
            ),
      ]);
      const drawProducts = () =>
        show(at.products, [products, fleet.products, shownProducts], () => [
          el('h2', {}, 'Products'),
          products.length === 0
            ? el(
                'p.empty',
                {},
                'There is no product. ',
                el('code', {}, './otakey admin product create'),
                ' makes one.',
              )
            : el(
                'ul.cards',
                {},
                products.slice(0, shownProducts).map(one => product(one, counted.get(one.id))),
              ),
          products.length > shownProducts &&
            el(
              'button',
              { type: 'button', onclick: () => ((shownProducts += PRODUCTS), drawProducts()) },
              `Show more of ${count(products.length)}`,
            ),
        ]);
      drawProducts();
      newest();
    },
    told(news) {
      events.add(news);
      newest();
    },
  };
}

function tiles(fleet) {
  const all = { ...NOTHING };
  let asked = 0;
  for (const one of fleet.products) {
    asked += one.asked;
    Object.keys(all).forEach(status => (all[status] += one.devices[status]));
  }
  const tile = (name, number, hint) =>
    el('div.tile', {}, el('dt', {}, name), el('dd', {}, el('b', {}, count(number)), el('span', {}, hint)));
  return el(
    'dl.tiles',
    {},
    tile('Devices', sum(all), `counted ${moment(fleet.countedAt)}`),
    tile('Active', all.active, 'hold a key'),
    tile('Expected', all.expected, 'registered, not enrolled'),
    tile('Asked', asked, 'for a new key, or to move'),
    tile('Barred', all.blocked + all.revoked + all.removed, 'blocked, revoked or removed'),
  );
}

/** What an operator should look at, most urgent first. */
function needed(products, campaigns, checks, platforms, hooks) {
  const need = (tone, what, text, href) => ({ tone, what, text, href });
  return [
    ...Object.entries(checks)
      .filter(([, state]) => state === 'down')
      .map(([name]) => need('red', 'Down', `check ${name} of this node; its log says why`)),
    ...products
      .filter(one => one.unprotected)
      .map(one =>
        need('red', 'Unprotected', `${one.id}: whoever has its key may enroll every active device anew`),
      ),
    ...products.filter(one => one.inRecovery).map(one => need('orange', 'In recovery', one.id)),
    ...platforms
      .filter(one => one.away)
      .map(one => need('red', 'Away', `platform ${one.id}${one.why ? `: ${one.why}` : ''}`, '#/platforms')),
    ...campaigns
      .filter(one => ['paused', 'waiting-for-approval'].includes(one.state))
      .map(one =>
        need(
          'orange',
          capital(spaced(one.state)),
          `campaign ${one.name}${one.why ? `: ${one.why}` : ''}`,
          `#/campaigns/${one.id}`,
        ),
      ),
    ...hooks
      .filter(one => one.state !== 'delivering')
      .map(one => need('orange', capital(one.state), `webhook ${one.id}${one.why ? `: ${one.why}` : ''}`)),
  ];
}

const list = needs =>
  needs.length === 0
    ? el('p.calm', {}, 'Nothing: all checks pass, no campaign waits for anybody.')
    : el(
        'ul.lines',
        {},
        needs.map(({ tone, what, text, href }) =>
          el('li', {}, badge(what, tone), href ? el('a', { href }, text) : el('span', {}, text)),
        ),
      );

function product(one, counted) {
  const byStatus = counted?.devices ?? NOTHING;
  const key = one.keys.filter(version => !version.retired).at(-1);
  return el(
    'li.card',
    {},
    el(
      'div.row.spread',
      {},
      el('h3', {}, el('a', { href: `#/devices?product=${encodeURIComponent(one.id)}` }, one.name)),
      one.id !== one.name && el('span.small.faint', {}, one.id),
    ),
    bar(parts(byStatus), `${devices(sum(byStatus))}, ${count(byStatus.active)} active`),
    legend(
      parts(byStatus).filter(part => part.count > 0 || part.name === 'Active'),
      count,
    ),
    el(
      'p.small.faint',
      {},
      [
        one.policy.allowList === false
          ? 'anybody with the image may enroll'
          : 'registered devices may enroll',
        key ? `key version ${key.version}` : 'no key version yet',
        counted?.asked > 0 && `${count(counted.asked)} asked`,
      ]
        .filter(Boolean)
        .join(' · '),
    ),
  );
}
