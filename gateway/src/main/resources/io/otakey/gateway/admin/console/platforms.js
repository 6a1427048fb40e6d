// Platforms: what they are owed, and which connections lead there.
import { get } from './api.js';
import { badge, el, facts, show } from './dom.js';
import { count, moment, since } from './words.js';

export function view({ region }) {
  return {
    title: 'Platforms',
    lead: 'Where connections lead, and the logins that have to exist there.',
    every: 3000,
    async refresh() {
      const [{ platforms }, { connections }] = await Promise.all([get('/platforms'), get('/connections')]);
      const ids = [
        ...new Set([...platforms.map(one => one.id), ...connections.map(one => one.platformId)]),
      ].sort();
      const all = ids.map(id => ({
        id,
        platform: platforms.find(one => one.id === id),
        connections: connections.filter(one => one.platformId === id),
      }));
      const ages = platforms.map(one => one.logins?.oldest && since(one.logins.oldest));
      show(region, [all, ages], () =>
        all.length === 0
          ? el(
              'p.empty',
              {},
              'There is no connection yet. ',
              el('code', {}, './otakey admin connection create --help'),
            )
          : el('ul.cards', {}, all.map(card)),
      );
    },
  };
}

const card = ({ id, platform, connections }) =>
  el(
    'li.card',
    {},
    el('div.row.spread', {}, el('h2', {}, id), standing(platform)),
    platform?.why && el('p.note.bad', {}, platform.why),
    platform?.logins?.why && el('p.note', {}, `The last try failed: ${platform.logins.why}`),
    platform?.logins
      ? facts([
          ['Logins there', count(platform.logins.there)],
          ['Granted, not confirmed', count(platform.logins.granted)],
          ['To be made', count(platform.logins.toPrepare)],
          ['To be ended', count(platform.logins.toRetire)],
          platform.logins.oldest && [
            'Owed since',
            `${moment(platform.logins.oldest)}, for ${since(platform.logins.oldest)}`,
          ],
        ])
      : el('p', {}, 'It asks the gateway about each login, so nothing is owed.'),
    el(
      'p.small.faint',
      {},
      connections.length === 0
        ? 'No connection leads here.'
        : connections.map(one => `Connection ${one.id}: ${one.scheme}://${one.host}:${one.port}`).join(' · '),
    ),
  );

function standing(platform) {
  if (platform === undefined || !platform.logins) {
    return badge('Asks', 'grey');
  }
  if (platform.away) {
    return badge('Away', 'red');
  }
  const owed = platform.logins.toPrepare + platform.logins.toRetire;
  return owed > 0 ? badge(`${count(owed)} owed`, 'orange') : badge('Nothing owed', 'good');
}
