// Clients in the API: what one is, how one is given, and how lists of them are filtered.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { ClientFilter, ClientOrder } from '../database/client-list-queries.ts';
import type { ClientRecord } from '../database/records.ts';
import type { ClientChangesInput, NewClientInput } from '../domain/client.ts';
import type { UserError as DomainUserError } from '../domain/errors.ts';
import { makeConnectionType, PageArgs } from './connection.ts';
import { defineEnum } from './enumeration.ts';
import type { ImportConflict, ImportOutcome } from './operations.ts';
import { DateTimeScalar } from './scalars.ts';
import { UserError, UserErrorCodeEnum, userErrorsDescription } from './user-error.ts';

const phoneDescription = '11 digits, the first is 7. Unique in the directory.';
const phoneInputDescription = '11 digits beginning with 7; spaces, brackets, dashes and a leading + are ignored.';
const tagDescription = 'Free label, at most 100 characters.';
const timeZoneInputDescription =
  'IANA name in any case, +HH:MM, or UTC/GMT with an offset in the everyday sense: GMT+3 is three hours EAST (Moscow), stored as +03:00.';

@ObjectType({ description: 'Somebody who can be sent to.', simpleResolvers: true })
export class Client implements ClientRecord {
  @Field(() => ID, { description: 'Given by the service; never used again.' })
  id!: string;

  @Field(() => String, { description: phoneDescription })
  phone!: string;

  @Field(() => String, {
    description: 'Mobile operator code: three digits. Digits 2 to 4 of the phone unless given (a ported number keeps its digits).',
  })
  operatorCode!: string;

  @Field(() => String, { nullable: true, description: tagDescription })
  tag!: string | null;

  @Field(() => String, { description: 'Canonical IANA name (Europe/Moscow) or fixed offset (+03:00).' })
  timeZone!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Set: the client has opted out and is never sent anything.' })
  optedOutAt!: number | null;

  @Field(() => DateTimeScalar, { description: 'When the client entered the directory.' })
  createdAt!: number;

  @Field(() => DateTimeScalar, { description: 'When the client last changed.' })
  updatedAt!: number;

  @Field(() => Int, { description: 'Grows by one with every change; give it as expectedVersion to overwrite nobody.' })
  version!: number;
}

export const ClientConnection = makeConnectionType(() => Client, 'Client');

@InputType({ description: 'A client to be added.' })
export class CreateClientInput implements NewClientInput {
  @Field(() => String, { description: phoneInputDescription })
  phone!: string;

  @Field(() => String, { nullable: true, description: 'Three digits; digits 2 to 4 of the phone when left out.' })
  operatorCode?: string | null | undefined;

  @Field(() => String, { nullable: true, description: `${tagDescription} An empty text is no tag.` })
  tag?: string | null | undefined;

  @Field(() => String, { description: timeZoneInputDescription })
  timeZone!: string;
}

@InputType({ description: 'Changes to a client. A field left out stays; null clears tag.' })
export class UpdateClientInput implements ClientChangesInput {
  @Field(() => String, { nullable: true, description: phoneInputDescription })
  phone?: string | null | undefined;

  @Field(() => String, { nullable: true, description: 'Three digits; null takes digits 2 to 4 of the phone again.' })
  operatorCode?: string | null | undefined;

  @Field(() => String, { nullable: true, description: `${tagDescription} null or an empty text clears it.` })
  tag?: string | null | undefined;

  @Field(() => String, { nullable: true, description: timeZoneInputDescription })
  timeZone?: string | null | undefined;

  @Field(() => Boolean, {
    nullable: true,
    description: 'true: never send to this client again, unsent messages become CANCELLED; false: it may be sent to from now on.',
  })
  optedOut?: boolean | null | undefined;
}

@InputType({ description: 'Which clients: all that is given must hold. null and an empty list do not restrict.' })
export class ClientWhere implements ClientFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Exactly this phone, in any form that createClient takes; any other text matches nobody.',
  })
  phone?: string | null | undefined;

  @Field(() => String, {
    nullable: true,
    description:
      'The phone begins with these digits, the 7 included; decorated as a phone may be, such as +7 (900) 12. Any other text matches nobody.',
  })
  phonePrefix?: string | null | undefined;

  @Field(() => [String], { nullable: true, description: 'One of these operator codes.' })
  operatorCodes?: string[] | null | undefined;

  @Field(() => [String], { nullable: true, description: 'One of these tags, compared exactly.' })
  tags?: string[] | null | undefined;

  @Field(() => [String], { nullable: true, description: 'One of these time zones, in any form that createClient takes.' })
  timeZones?: string[] | null | undefined;

  @Field(() => Boolean, { nullable: true, description: 'true: only clients who have opted out; false: only the others.' })
  optedOut?: boolean | null | undefined;
}

const ClientOrderEnum = defineEnum<ClientOrder>('ClientOrder', 'Order of a list of clients; clients of one instant by id.', {
  CREATED_AT_ASC: 'Oldest first.',
  CREATED_AT_DESC: 'Newest first.',
});

@ArgsType()
export class ClientsArgs extends PageArgs {
  @Field(() => ClientWhere, { nullable: true, description: 'Which clients; all when left out.' })
  where?: ClientWhere | null;

  @Field(() => ClientOrderEnum, { defaultValue: ClientOrderEnum.CREATED_AT_DESC, description: 'In which order.' })
  orderBy!: ClientOrder;
}

@ObjectType({ description: 'The answer of a mutation of one client.', simpleResolvers: true })
export class ClientPayload {
  @Field(() => Client, { nullable: true, description: 'The client as it is now; null with userErrors.' })
  client!: ClientRecord | null;

  @Field(() => [UserError], { description: userErrorsDescription })
  userErrors!: readonly DomainUserError[];
}

export const ImportConflictEnum = defineEnum<ImportConflict>(
  'ImportConflict',
  'What an import does with a phone that is in the directory.',
  {
    UPDATE:
      'The row says the whole client: operator code (derived when left out), tag (none when left out) and time zone. An opt-out stays. Of several rows with one phone the last counts.',
    SKIP: 'The client stays as it is. Of several rows with one phone the first counts.',
  },
);

@ObjectType({ description: 'A row of an import that was not written.', simpleResolvers: true })
export class ImportRowError {
  @Field(() => Int, { description: 'Position in the list, from 0; in a CSV file the line, the header being line 1.' })
  row!: number;

  @Field(() => UserErrorCodeEnum, { description: 'What is wrong with the row, as a stable word.' })
  code!: DomainUserError['code'];

  @Field(() => [String], { description: 'Path inside the row, e.g. [phone].' })
  field!: readonly string[];

  @Field(() => String, { description: 'What is wrong with the row, in words.' })
  message!: string;
}

@ObjectType({ description: 'What became of the rows of an import: the four counts add up to the rows given.', simpleResolvers: true })
export class ImportClientsPayload implements ImportOutcome {
  @Field(() => Int, { description: 'Rows that made a new client.' })
  created!: number;

  @Field(() => Int, { description: 'Rows that changed a client.' })
  updated!: number;

  @Field(() => Int, {
    description:
      'Rows that had nothing to write: the phone was in the directory (with SKIP), the client was already as the row says, or another row of the import has the phone.',
  })
  skipped!: number;

  @Field(() => Int, { description: 'Rows that were not written: rowErrors say why.' })
  failed!: number;

  @Field(() => [ImportRowError], { description: 'Every fault of every row that failed, in the order of the rows.' })
  rowErrors!: readonly ImportRowError[];
}
