// All campaigns, newest first.
import { get } from './api.js';
import { badge, bar, el, show } from './dom.js';
import { capital, count, devices, moment, spaced } from './words.js';

const PAGE = 20;

const STATES = {
  planning: 'grey',
  'waiting-for-approval': 'orange',
  denied: 'grey',
  ready: 'blue',
  running: 'good',
  paused: 'orange',
  stopping: 'red',
  stopped: 'grey',
  finished: 'grey',
};

const MEMBERS = {
  confirmed: ['Done', 'good'],
  notified: ['Asked', 'blue'],
  queued: ['Waiting', 'faint'],
  failed: ['Failed', 'red'],
  rejected: ['Rejected', 'orange'],
  'timed-out': ['Too late', 'purple'],
  canceled: ['Taken back', 'grey'],
};

export const state = campaign => badge(capital(spaced(campaign.state)), STATES[campaign.state] ?? 'grey');

/** Devices of a campaign, or of a wave, by what became of them. */
export const parts = byState =>
  Object.entries(MEMBERS).map(([key, [name, tone]]) => ({ name, tone, count: byState[key] ?? 0 }));

export const total = byState => Object.values(byState).reduce((sum, one) => sum + one, 0);

export const failures = byState => byState.failed + byState.rejected + byState['timed-out'];

/** How far it is, in a sentence. */
export function progress(campaign) {
  const all = total(campaign.devices);
  if (campaign.state === 'planning') {
    return 'Its devices are being chosen.';
  }
  const failed = failures(campaign.devices);
  return `${count(campaign.devices.confirmed)} of ${devices(all)} done${failed > 0 ? `, ${count(failed)} failed` : ''}`;
}

export const goal = campaign =>
  campaign.goal === 'move' ? `move to connection ${campaign.connectionId}` : campaign.goal;

/** One campaign of a list, its name as a heading of this level. */
export const entry = (campaign, heading) =>
  el(
    'li.card',
    {},
    el(
      'div.row.spread',
      {},
      el(heading, {}, el('a', { href: `#/campaigns/${campaign.id}` }, campaign.name)),
      state(campaign),
    ),
    bar(parts(campaign.devices), progress(campaign)),
    el('p.small', {}, progress(campaign), campaign.why && ` · ${capital(campaign.why)}`),
    el(
      'p.small.faint',
      {},
      `Campaign ${campaign.id}: ${goal(campaign)} · ${campaign.target.products.join(', ')} · by ${campaign.createdBy}, ${moment(campaign.createdAt)}`,
    ),
  );

const isOver = campaign => ['denied', 'stopped', 'finished'].includes(campaign.state);

export function view({ region, args }) {
  const before = args.query.get('before') ?? undefined;
  return {
    title: 'Campaigns',
    lead: 'Keys changed, devices moved or revoked, wave by wave.',
    every: 3000,
    async refresh() {
      const page = await get('/campaigns', { before, limit: PAGE });
      show(region, page, () => [
        page.campaigns.length === 0
          ? el(
              'p.empty',
              {},
              'There is no campaign. ',
              el('code', {}, './otakey admin campaign create --help'),
              ' tells how to order one.',
            )
          : el(
              'ul.cards',
              {},
              page.campaigns.map(one => entry(one, 'h2')),
            ),
        el(
          'p.row',
          {},
          before && el('a', { href: '#/campaigns' }, 'Newest'),
          page.next !== null && el('a', { href: `#/campaigns?before=${page.next}` }, 'Older'),
        ),
      ]);
      this.every = page.campaigns.every(isOver) ? 15_000 : 3000;
    },
  };
}
