// The demo's clients and its GraphQL, held against the domain and the schema that the service answers with.
import { readFile } from 'node:fs/promises';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { demoClients, mostDemoClients, rowsPerImport, timeZonesOf } from '../../scripts/demo/clients.ts';
import * as operations from '../../scripts/demo/operations.ts';
import { checkNewClient } from '../../src/domain/client.ts';

const clientsOf = (count: number) => [...demoClients(count, 'demo')].flat();

test('as many clients come as are asked for, in lists that one import takes', () => {
  expect([...demoClients(2_345, 'demo')].map((rows) => rows.length)).toEqual([1_000, 1_000, 345]);
  expect([...demoClients(rowsPerImport, 'demo')].map((rows) => rows.length)).toEqual([1_000]);
});

test('the domain takes every one of them, with a phone of its own that no operator has', () => {
  const checked = clientsOf(3_000).map((client) => checkNewClient(client, []));
  const phones = checked.map((result) => (result.ok ? result.value.phone : JSON.stringify(result.errors)));
  expect(new Set(phones).size).toBe(3_000);
  expect(phones.filter((phone) => !/^7000\d{7}$/.test(phone))).toEqual([]);
});

test('the largest demo stays within those numbers', () => {
  expect(70_000_000_000 + mostDemoClients - 1).toBe(70_009_999_999);
});

test('they are spread evenly over twenty time zones, all of them different to the service', () => {
  const zones = clientsOf(400).map((client) => {
    const checked = checkNewClient(client, []);
    return checked.ok ? checked.value.timeZone : '';
  });
  const perZone = Map.groupBy(zones, (zone) => zone);
  expect(perZone.size).toBe(20);
  expect([...perZone.values()].every((list) => list.length === 20)).toBe(true);
  expect(timeZonesOf(400)).toBe(20);
  expect(timeZonesOf(3)).toBe(new Set(zones.slice(0, 3)).size);
});

test('the same clients come every time, under the tag of the run', () => {
  const [first] = demoClients(2, 'demo-a');
  const [again] = demoClients(2, 'demo-b');
  expect(again?.map((client) => ({ ...client, tag: 'demo-a' }))).toEqual(first);
});

test.each(Object.entries(operations))('%s is valid against schema.graphql', async (_name, document) => {
  const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  expect(validate(schema, parse(document))).toEqual([]);
});
