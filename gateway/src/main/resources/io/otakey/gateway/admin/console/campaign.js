// One campaign: how far it is, what may be done to it, who failed.
import { act, get, Refused } from './api.js';
import { failures, goal, parts, progress, state, total } from './campaigns.js';
import { confirmed } from './confirm.js';
import { badge, bar, el, facts, legend, replace, say, show } from './dom.js';
import { capital, count, devices, moment, span, spaced } from './words.js';

const SHOWN = 20;
const SAY_MILLIS = 10_000;

/** As the gateway has it: in which states an operator may do what. */
const FROM = {
  approve: ['waiting-for-approval'],
  deny: ['waiting-for-approval'],
  start: ['ready'],
  pause: ['running'],
  resume: ['paused'],
  'next-wave': ['running', 'paused'],
  'retry-failed': ['running', 'paused', 'finished'],
  abort: ['planning', 'waiting-for-approval', 'ready', 'running', 'paused'],
};

/** Of the others: plain. */
const LOOKS = {
  approve: 'primary',
  start: 'primary',
  pause: 'primary',
  resume: 'primary',
  deny: 'danger',
  abort: 'danger',
};

const REASONS = {
  1: 'platform unreachable',
  2: 'platform refused',
  3: 'storage failed',
  4: 'not acknowledged',
  5: 'connection not supported',
};

const DOES = { rotate: 'are asked for a new key', move: 'are asked to move', revoke: 'are revoked for good' };

const failing = Object.entries({ failed: 'Failed', rejected: 'Rejected', 'timed-out': 'Too late' });

/** What this token may do to a campaign as it stands. */
function verbs(campaign, self) {
  if (self.role === 'viewer') {
    return [];
  }
  return Object.keys(FROM).filter(
    verb =>
      FROM[verb].includes(campaign.state) &&
      !(verb === 'approve' && campaign.createdBy === self.name) &&
      !(verb === 'next-wave' && campaign.openWave >= campaign.wavesSoFar.length) &&
      !(verb === 'retry-failed' && failures(campaign.devices) === 0),
  );
}

/** What to ask before a verb; null where nothing is lost by doing it. */
function question(verb, campaign) {
  const all = total(campaign.devices);
  const left = campaign.devices.queued + campaign.devices.notified;
  const danger = campaign.goal === 'revoke';
  const does = DOES[campaign.goal];
  const ask = (title, text, yes, grave = danger) => ({ title, text, yes, danger: grave });
  switch (verb) {
    case 'start': {
      const first =
        campaign.wavesSoFar.length > 1 ? ` The first wave has ${count(total(campaign.wavesSoFar[0]))}.` : '';
      return ask('Start this campaign?', `${devices(all)} ${does}.${first}`, 'Start');
    }
    case 'approve':
      return ask(
        'Approve this campaign?',
        `Ordered by ${campaign.createdBy}: ${devices(all)} ${does}.`,
        'Approve',
      );
    case 'deny':
      return ask('Deny this campaign?', `It ends here; none of ${devices(all)} is asked.`, 'Deny', true);
    case 'resume':
      return danger ? ask('Go on revoking?', `${devices(left)} more ${does}.`, 'Resume') : null;
    case 'next-wave': {
      const wave = campaign.openWave + 1;
      const size = devices(total(campaign.wavesSoFar[wave - 1]));
      return ask(
        `Open wave ${wave}?`,
        `${size} ${does}, whatever became of the waves before.`,
        `Open wave ${wave}`,
      );
    }
    case 'retry-failed':
      return ask(
        'Try again?',
        `${devices(failures(campaign.devices))} that failed ${does} once more.`,
        'Try again',
      );
    case 'abort':
      return ask(
        'Abort this campaign?',
        `It ends for good. What ${devices(left)} have not done yet is taken back; ${count(campaign.devices.confirmed)} have done it, and that stays.`,
        'Abort',
        true,
      );
    default:
      return null;
  }
}

const label = verb => capital(spaced(verb));

export function view({ region, self, args }) {
  const path = `/campaigns/${encodeURIComponent(args.rest[0])}`;
  const places = ['head', 'controls', 'fault', 'progress', 'waves', 'failed', 'order'];
  const at = Object.fromEntries(
    places.map(name => [name, el(name === 'controls' ? 'div.row.controls' : 'div')]),
  );
  let said = { text: '', at: 0 };
  let listed = '';

  /** Does it, or says why it was refused. */
  const doIt = async (verb, campaign, button) => {
    const asked = question(verb, campaign);
    if (asked && !(await confirmed(asked))) {
      return;
    }
    button.disabled = true;
    replace(at.fault);
    try {
      draw(await act(`${path}/${verb}`));
      say(`${label(verb)}: done.`);
    } catch (failure) {
      const text =
        failure instanceof Refused
          ? failure.message
          : 'The gateway did not answer: look whether it was done.';
      replace(at.fault, el('p.note.bad', { role: 'alert' }, capital(text)));
    } finally {
      button.disabled = false;
      mine.again();
    }
  };

  const draw = campaign => {
    if (!region.contains(at.head)) {
      replace(region, Object.values(at));
    }
    show(at.head, [campaign.state, campaign.why, campaign.name], () => [
      el('p.row', {}, el('span.name', {}, campaign.name), state(campaign)),
      campaign.why && el('p', {}, capital(campaign.why)),
      campaign.state === 'waiting-for-approval' &&
        campaign.createdBy === self.name &&
        el('p.note', {}, 'Whoever ordered a campaign cannot approve it: ask somebody else.'),
    ]);
    const may = verbs(campaign, self);
    at.controls.campaign = campaign;
    show(at.controls, may, () =>
      may.map(verb =>
        el(
          `button.${LOOKS[verb] ?? 'plain'}`,
          { type: 'button', onclick: event => doIt(verb, at.controls.campaign, event.currentTarget) },
          label(verb),
        ),
      ),
    );
    show(at.progress, [campaign.devices, campaign.state], () => [
      el('h2', {}, 'Progress'),
      el('p.big', { id: 'progress' }, progress(campaign)),
      bar(parts(campaign.devices), progress(campaign)),
      legend(parts(campaign.devices), count),
      campaign.busy > 0 &&
        el('p.small', {}, `${devices(campaign.busy)} left out: another campaign has them.`),
    ]);
    show(at.waves, [campaign.wavesSoFar, campaign.openWave], () => waves(campaign));
    show(at.order, [campaign.pace, campaign.startedAt, campaign.endedAt, campaign.approvedBy], () =>
      order(campaign),
    );
    tell(campaign);
  };

  /** Tells a screen reader how far it is, now and then. */
  const tell = campaign => {
    const text = `${campaign.name} is ${spaced(campaign.state)}: ${progress(campaign)}`;
    const turned = !said.text.startsWith(text.split(':')[0]);
    if (text !== said.text && (turned || Date.now() - said.at > SAY_MILLIS)) {
      said = { text, at: Date.now() };
      say(text);
    }
  };

  const list = async campaign => {
    const counts = JSON.stringify(failing.map(([key]) => campaign.devices[key]));
    if (counts === listed) {
      return;
    }
    const pages = await Promise.all(
      failing
        .filter(([key]) => campaign.devices[key] > 0)
        .map(async ([key, name]) => ({
          name,
          ...(await get(`${path}/devices`, { state: key, limit: SHOWN })),
        })),
    );
    show(at.failed, pages, () => pages.map(failed));
    listed = counts;
  };

  const mine = {
    title: `Campaign ${args.rest[0]}`,
    every: 1000,
    again: () => {},
    async refresh() {
      const campaign = await get(path);
      draw(campaign);
      await list(campaign);
      const quiet = ['ready', 'paused', 'waiting-for-approval'].includes(campaign.state);
      this.every = campaign.endedAt ? 15_000 : quiet ? 3000 : 1000;
    },
  };
  return mine;
}

const waves = campaign =>
  campaign.wavesSoFar.length > 1 && [
    el('h2', {}, 'Waves'),
    el(
      'ol.waves',
      {},
      campaign.wavesSoFar.map((wave, i) =>
        el(
          'li',
          {},
          el(
            'p.row.spread.small',
            {},
            el('b', {}, `Wave ${i + 1}`),
            i + 1 > campaign.openWave ? badge('Not open', 'grey') : null,
            el('span', {}, `${count(wave.confirmed)} of ${count(total(wave))} done`),
          ),
          bar(parts(wave), `Wave ${i + 1}: ${count(wave.confirmed)} of ${count(total(wave))} done`),
        ),
      ),
    ),
  ];

const failed = page => [
  el('h2', {}, page.name),
  el(
    'ul.lines',
    {},
    page.devices.map(one =>
      el(
        'li',
        {},
        el(
          'a',
          { href: `#/devices/${encodeURIComponent(one.productId)}/${encodeURIComponent(one.deviceId)}` },
          one.deviceId,
        ),
        el(
          'span.small.faint',
          {},
          `${one.reason ? REASONS[one.reason] : 'no reason told'}, ${moment(one.since)}, ${count(one.tries)} tries`,
        ),
      ),
    ),
  ),
  page.next !== null && el('p.small', {}, `The first ${SHOWN}; all: ./otakey admin campaign devices`),
];

const order = campaign => [
  el('h2', {}, 'Order'),
  facts([
    ['Goal', capital(goal(campaign))],
    ['Products', campaign.target.products.join(', ')],
    campaign.target.idPrefix && ['Ids that begin with', campaign.target.idPrefix],
    campaign.target.firmware && ['Firmware', campaign.target.firmware],
    campaign.target.platformId && ['Platform', campaign.target.platformId],
    campaign.target.labels && ['Labels', campaign.target.labels.join(', ')],
    campaign.target.groups && ['Groups', campaign.target.groups.join(' or ')],
    campaign.target.listed && ['Listed', devices(campaign.target.listed)],
    campaign.target.percent < 100 && ['Share', `${campaign.target.percent} %, at random`],
    [
      'Pace',
      `${count(campaign.pace.perSecond)} a second${campaign.pace.factor > 1 ? `, growing ${campaign.pace.factor}-fold` : ''}`,
    ],
    [
      'Next wave opens at',
      `${campaign.successPercent} % done${campaign.pauseAfterWave ? ', after a pause' : ''}`,
    ],
    ['Stops', campaign.stopRules?.length ? campaign.stopRules.map(rule).join('; ') : 'never by itself'],
    [
      'Patience',
      `${span(campaign.timeoutSeconds)}, then ${campaign.retries} more ${campaign.retries === 1 ? 'try' : 'tries'}`,
    ],
    ['Ordered', `${moment(campaign.createdAt)} by ${campaign.createdBy}`],
    campaign.approvedBy && ['Approved', `by ${campaign.approvedBy}`],
    campaign.startedAt && ['Started', moment(campaign.startedAt)],
    campaign.endedAt && ['Ended', moment(campaign.endedAt)],
  ]),
];

const rule = ({ action, percent, failure, minimum }) =>
  `${action} at ${percent} % ${failure === 'any' ? 'failures' : spaced(failure)} of at least ${count(minimum)}`;
