// One device: what it is now, and what became of it.
import { get } from './api.js';
import { status } from './devices.js';
import { el, facts, replace, say, show } from './dom.js';
import { entries, Events, lookBack } from './events.js';
import { capital, count, labels, moment, since, told } from './words.js';

export function view({ region, args }) {
  const [productId, deviceId] = args.rest;
  const path = `/products/${encodeURIComponent(productId)}/devices/${encodeURIComponent(deviceId)}`;
  const filter = { product: productId, device: deviceId };
  const events = new Events(filter);
  const now = el('div');
  const timeline = el('div');
  let device = null;

  const draw = () => {
    if (!region.contains(now)) {
      replace(region, now, timeline);
    }
    show(timeline, [events.list, events.next, device.createdAt], () => [
      el('h2', {}, 'Timeline'),
      el(
        'ol.events.timeline',
        { reversed: true },
        entries(events.list, { withDevice: false }),
        events.next === null &&
          el(
            'li',
            {},
            el('time.faint', { datetime: device.createdAt }, moment(device.createdAt)),
            el('div', {}, el('p', {}, 'Known to the gateway since then.')),
          ),
      ),
      events.next && el('button', { type: 'button', onclick: back }, 'Look further back'),
    ]);
  };
  const back = event => lookBack(events, event.currentTarget, draw);

  const mine = {
    title: deviceId,
    lead: `Device of product ${productId}`,
    every: 10_000,
    follow: filter,
    again: () => {},
    async refresh() {
      const [read, { connections }] = await Promise.all([get(path), get('/connections'), events.newest()]);
      device = read;
      draw();
      show(now, [device, since(device.lastSeen ?? device.createdAt)], () => state(device, connections));
    },
    told(news) {
      if (device !== null) {
        events.add(news);
        draw();
        say(`${told(news.at(-1)).name}.`);
      }
      mine.again();
    },
  };
  return mine;
}

function state(device, connections) {
  const used = connections.find(one => one.id === device.connectionId);
  const wanted = [
    device.wantedEpoch && `key ${count(device.wantedEpoch)}`,
    device.wantedConnectionId && `move to connection ${device.wantedConnectionId}`,
  ].filter(Boolean);
  return [
    el(
      'p.row',
      {},
      status(device),
      device.reEnrollApproved && el('span.small', {}, 'may enroll again once'),
      device.returnsTo && el('span.small', {}, `unblocked, it is ${device.returnsTo} again`),
    ),
    facts([
      [
        'Key',
        device.epoch > 0
          ? `${count(device.epoch)}${device.committedAt ? `, confirmed ${moment(device.committedAt)}` : ''}`
          : 'none yet',
      ],
      device.firstCommittedAt && ['Enrolled', moment(device.firstCommittedAt)],
      ['Connection', connection(device, used)],
      wanted.length > 0 && ['Wanted', `${capital(wanted.join(', '))}, not there yet`],
      ['Last seen', device.lastSeen ? `${moment(device.lastSeen)}, ${since(device.lastSeen)} ago` : 'never'],
      device.firmware && ['Firmware', device.firmware],
      device.labels && ['Labels', labels(device.labels)],
      device.lastError && ['Last error', String(device.lastError)],
      device.recoveredIn && ['Recovered in', `generation ${device.recoveredIn}`],
      ['Registered', moment(device.createdAt)],
    ]),
    el(
      'p.small',
      {},
      el(
        'a',
        { href: `#/devices?product=${encodeURIComponent(device.productId)}` },
        `All devices of ${device.productId}`,
      ),
    ),
  ];
}

function connection(device, used) {
  if (device.connectionId === 0) {
    return 'none';
  }
  return used
    ? `${device.connectionId}: ${used.platformId}, ${used.scheme}://${used.host}:${used.port}`
    : String(device.connectionId);
}
