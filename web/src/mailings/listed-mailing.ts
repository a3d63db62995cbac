// A mailing as the list shows it.
import type { MailingsPageSubscription } from '../api/generated/graphql.ts';

export type ListedMailing = MailingsPageSubscription['mailings']['nodes'][number];
