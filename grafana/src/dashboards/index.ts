import campaigns from './campaigns.js';
import database from './database.js';
import enrollment from './enrollment.js';
import fleet from './fleet.js';
import gateway from './gateway.js';
import jvm from './jvm.js';
import loadgen from './loadgen.js';
import platforms from './platforms.js';

/** Every dashboard by the name of its file. */
export const boards = { fleet, enrollment, campaigns, platforms, gateway, database, jvm, loadgen };
