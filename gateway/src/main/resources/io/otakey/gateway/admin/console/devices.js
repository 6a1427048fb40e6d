// Devices found by product, status, label and the beginning of their id.
import { get } from './api.js';
import { badge, el, replace, show } from './dom.js';
import { capital, count, moment, STATUS_TONES } from './words.js';

const PAGE = 50;

export const status = device => badge(capital(device.status), STATUS_TONES[device.status]);

export const linkTo = ({ productId, deviceId }) =>
  `#/devices/${encodeURIComponent(productId)}/${encodeURIComponent(deviceId)}`;

const option = (value, text, chosen) => el('option', { value, selected: value === chosen }, text);

export function view({ region, args }) {
  const { query } = args;
  const asked = name => query.get(name) ?? '';
  const results = el('div', { 'aria-live': 'polite' });
  const product = el(
    'select',
    { id: 'product', name: 'product' },
    option('', 'All products', asked('product')),
  );
  const form = el(
    'form.search',
    { onsubmit: submit, role: 'search' },
    el(
      'div',
      {},
      el('label', { for: 'prefix' }, 'Device id begins with'),
      el('input', {
        id: 'prefix',
        name: 'idPrefix',
        maxlength: '64',
        value: asked('idPrefix'),
        spellcheck: 'false',
        autocapitalize: 'off',
        autocomplete: 'off',
      }),
    ),
    el('div', {}, el('label', { for: 'product' }, 'Product'), product),
    el(
      'div',
      {},
      el('label', { for: 'status' }, 'Status'),
      el(
        'select',
        { id: 'status', name: 'status' },
        option('', 'Any status', asked('status')),
        Object.keys(STATUS_TONES).map(one => option(one, capital(one), asked('status'))),
      ),
    ),
    el(
      'div',
      {},
      el('label', { for: 'label' }, 'Label'),
      el('input', {
        id: 'label',
        name: 'label',
        maxlength: '200',
        value: asked('label'),
        placeholder: 'site=paris',
        spellcheck: 'false',
        autocapitalize: 'off',
        autocomplete: 'off',
      }),
    ),
    el('button.primary', { type: 'submit' }, 'Find'),
  );

  function submit(event) {
    event.preventDefault();
    const wanted = [...new FormData(form)]
      .map(([name, value]) => [name, String(value)])
      .filter(([, value]) => value !== '');
    const hash = `#/devices?${new URLSearchParams(wanted)}`;
    if (hash === location.hash) {
      mine.again();
    } else {
      location.hash = hash;
    }
  }

  const mine = {
    title: 'Devices',
    every: 30_000,
    again: () => {},
    async refresh() {
      const filter = Object.fromEntries(
        ['product', 'status', 'label', 'idPrefix', 'after'].map(name => [name, asked(name)]),
      );
      const [{ products }, page] = await Promise.all([
        get('/products'),
        get('/devices', { ...filter, limit: PAGE }),
      ]);
      if (!region.contains(form)) {
        replace(region, form, results);
      }
      show(
        product,
        products.map(one => one.id),
        () => [
          option('', 'All products', asked('product')),
          products.map(one => option(one.id, one.id, asked('product'))),
        ],
      );
      show(results, page, () => found(page, query));
    },
  };
  return mine;
}

function found(page, query) {
  const more = new URLSearchParams(query);
  more.set('after', page.next ?? '');
  return [
    page.devices.length === 0
      ? el('p.empty', {}, 'No device is like that. Ids are case-sensitive.')
      : el(
          'table',
          {},
          el('caption.unseen', {}, 'Devices found'),
          el(
            'thead',
            {},
            el(
              'tr',
              {},
              ['Device', 'Status', 'Key', 'Last seen'].map(name => el('th', { scope: 'col' }, name)),
            ),
          ),
          el('tbody', {}, page.devices.map(row)),
        ),
    page.next !== null && el('p', {}, el('a', { href: `#/devices?${more}` }, 'Next page')),
  ];
}

const row = device =>
  el(
    'tr',
    {},
    el(
      'th',
      { scope: 'row' },
      el('a', { href: linkTo(device) }, device.deviceId),
      el('span.small.faint', {}, device.productId),
    ),
    el('td', {}, status(device)),
    el('td', {}, device.epoch > 0 ? count(device.epoch) : '–'),
    el('td', {}, device.lastSeen ? moment(device.lastSeen) : '–'),
  );
