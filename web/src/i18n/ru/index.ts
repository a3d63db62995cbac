// Every text of the console in this language, by screen. tests/unit/console-texts.test.ts holds the languages together.
import clients from './clients.json';
import common from './common.json';
import mailing from './mailing.json';
import mailings from './mailings.json';
import overview from './overview.json';
import session from './session.json';

export const ru = { clients, common, mailing, mailings, overview, session };
