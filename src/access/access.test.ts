// API keys on both databases.
import { expect, test, vi } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { type NewKey, openAccess } from './access.ts';
import { accessMigration } from './migration.ts';
import { localPrincipal, parseScopes, visibleOwner } from './principal.ts';
import type { AccessTables } from './tables.ts';

const alice: NewKey = { owner: 'alice', scopes: ['train', 'infer'], name: 'ci' };

await describeDatabases([accessMigration], (open) => {
  /** Two processes on one database, with one clock. */
  async function two() {
    const clock = { ms: 1_700_000_000_000 };
    const now = () => clock.ms;
    const database = await open();
    const elsewhere = openAccess(await open({ again: database }), { now });
    return { clock, database, access: openAccess(database, { now }), elsewhere };
  }

  test('Access.create() gives a secret once, by which verify() knows its bearer', async () => {
    const { access, database, clock } = await two();
    const { key, secret } = await access.create(alice);
    expect(key).toEqual({
      id: expect.stringMatching(/^key_[0-9A-Za-z]{11}$/),
      prefix: secret.reveal().slice(0, 'hone-sk-'.length + 11),
      owner: 'alice',
      name: 'ci',
      scopes: ['train', 'infer'],
      createdAt: clock.ms,
      expiresAt: undefined,
      revokedAt: undefined,
      lastUsedAt: undefined,
    });
    expect(await access.list()).toEqual([key]);
    expect(await access.verify(secret.reveal())).toEqual({
      keyId: key.id,
      owner: 'alice',
      scopes: new Set(['train', 'infer', 'read']),
    });
    const rows = await database.tables<AccessTables>().db.selectFrom('api_keys').selectAll().execute();
    const random = secret.reveal().slice(key.prefix.length);
    expect(JSON.stringify([rows, key])).not.toContain(random);
  });

  test('Access.verify() refuses what is no key, another secret with a known id, and half a key', async () => {
    const { access } = await two();
    const text = (await access.create(alice)).secret.reveal();
    const other = (await access.create(alice)).secret.reveal();
    const mixed = text.slice(0, 19) + other.slice(19);
    for (const wrong of ['', 'hone-sk-', text.slice(0, -1), `${text} `, text.toUpperCase(), mixed, 'sk-abc'])
      expect(await access.verify(wrong), wrong).toBeUndefined();
    expect(await access.verify(text)).toBeDefined();
  });

  test('Access.revoke() holds at once here and within 2 s elsewhere, and can be repeated', async () => {
    const { access, elsewhere, clock } = await two();
    const { key, secret } = await access.create(alice);
    expect(await access.verify(secret.reveal())).toBeDefined();
    expect(await elsewhere.verify(secret.reveal())).toBeDefined();
    const revoked = await access.revoke(key.id);
    expect(revoked.revokedAt).toBe(clock.ms);
    expect(await access.verify(secret.reveal())).toBeUndefined();
    clock.ms += 1999;
    expect(await elsewhere.verify(secret.reveal())).toBeUndefined();
    expect(await access.revoke(key.id)).toMatchObject({ revokedAt: revoked.revokedAt });
    await expect(access.revoke('key_00000000000')).rejects.toThrow('there is no such key');
    await expect(access.revoke(`hone-sk-${'0'.repeat(60)}`)).rejects.toThrow("'key_00000000000'");
  });

  test('Access.revoke() takes a secret that somebody found, or its beginning', async () => {
    const { access } = await two();
    for (const cut of [19, 68]) {
      const { key, secret } = await access.create(alice);
      expect((await access.revoke(secret.reveal().slice(0, cut))).id).toBe(key.id);
      expect(await access.verify(secret.reveal())).toBeUndefined();
    }
  });

  test('Access.revoke() is not undone by a verification that was under way', async () => {
    const { access } = await two();
    const { key, secret } = await access.create(alice);
    await Promise.all([access.verify(secret.reveal()), access.revoke(key.id)]);
    expect(await access.verify(secret.reveal())).toBeUndefined();
  });

  test('Access.verify() knows a key made elsewhere at once, and refuses an expired one to the millisecond', async () => {
    const { access, elsewhere, clock } = await two();
    const { secret } = await elsewhere.create({ ...alice, expiresAt: clock.ms + 100 });
    expect(await access.verify(secret.reveal())).toBeDefined();
    clock.ms += 99;
    expect(await access.verify(secret.reveal())).toBeDefined();
    clock.ms += 1;
    expect(await access.verify(secret.reveal())).toBeUndefined();
  });

  test('Access.verify() notes the time of use, once a minute', async () => {
    const { access, clock } = await two();
    const { secret } = await access.create(alice);
    const started = clock.ms;
    const lastUse = async () => (await access.list())[0]?.lastUsedAt;
    await access.verify(secret.reveal());
    await vi.waitFor(async () => expect(await lastUse()).toBe(started));
    clock.ms += 59_999;
    await access.verify(secret.reveal());
    clock.ms += 1;
    // A second write would be seen behind this one.
    await access.verify(secret.reveal());
    await vi.waitFor(async () => expect(await lastUse()).toBe(started + 60_000));
  });

  test('Access.any() turns true with the first key, elsewhere 250 ms later, and stays so when the last is revoked', async () => {
    const { access, elsewhere, clock } = await two();
    expect([await access.any(), await elsewhere.any()]).toEqual([false, false]);
    const { key } = await access.create(alice);
    clock.ms += 250;
    expect([await access.any(), await elsewhere.any()]).toEqual([true, true]);
    await access.revoke(key.id);
    expect(await access.any()).toBe(true);
    expect(await openAccess(await open({ again: await open() })).any()).toBe(false);
  });

  test('Access.create() refuses keys that are good for nothing or cannot be told apart', async () => {
    const { access, clock } = await two();
    const cases: readonly (readonly [Partial<NewKey>, string])[] = [
      [{ scopes: [] }, 'without scopes; give some of train, infer, read, admin'],
      [{ scopes: ['write' as 'read'] }, "the scope 'write'; Known: train, infer, read, admin"],
      [{ owner: '' }, 'the owner is ""'],
      [{ owner: ' alice' }, 'the owner is " alice"'],
      [{ owner: 'al\nice' }, 'the owner'],
      [{ name: 'x'.repeat(129) }, 'the name'],
      [{ expiresAt: clock.ms }, 'it would have expired already'],
      [{ expiresAt: Number.NaN }, 'it would have expired already'],
    ];
    for (const [change, message] of cases)
      await expect(access.create({ ...alice, ...change })).rejects.toThrow(message);
    expect(await access.list()).toEqual([]);
  });

  test('Access.create() takes owners of one to 128 characters', async () => {
    const { access } = await two();
    for (const owner of ['a', 'ab', 'Zoë & co', 'x'.repeat(128)])
      expect((await access.create({ owner, scopes: ['read'] })).key.owner).toBe(owner);
  });

  test('a scope that this version does not know gives nothing', async () => {
    const { access, database } = await two();
    const { secret } = await access.create({ owner: 'a', scopes: ['infer'] });
    await database
      .tables<AccessTables>()
      .write(({ db }) => db.updateTable('api_keys').set({ scopes: 'infer,root' }).execute());
    expect((await access.verify(secret.reveal()))?.scopes).toEqual(new Set(['infer']));
  });
});

test('parseScopes() reads scopes by comma, and names what it does not know', () => {
  expect(parseScopes('train, infer')).toEqual(['train', 'infer']);
  expect(() => parseScopes(' ,')).toThrow('without scopes');
  expect(() => parseScopes('trian')).toThrow("Did you mean 'train'?");
});

test('visibleOwner() confines all but an admin', () => {
  expect(visibleOwner({ keyId: 'key_1', owner: 'a', scopes: new Set(['read']) })).toBe('a');
  expect(visibleOwner({ keyId: 'key_1', owner: 'a', scopes: new Set(['admin']) })).toBeUndefined();
  expect(visibleOwner(localPrincipal)).toBeUndefined();
});
