// Every text of the console in this language, by screen. tests/unit/console-texts.test.ts holds the languages together.
import clients from './clients.json' with { type: 'json' };
import common from './common.json' with { type: 'json' };
import mailing from './mailing.json' with { type: 'json' };
import mailings from './mailings.json' with { type: 'json' };
import overview from './overview.json' with { type: 'json' };
import session from './session.json' with { type: 'json' };

export const en = { clients, common, mailing, mailings, overview, session };
