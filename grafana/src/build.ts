// Everything that the sources of dashboards need.
export * from './dashboard.js';
export * from './panels.js';
export * from './query.js';
