import { EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';

export interface TransitionRow {
  id: string;
  /** Order of recording; bigint, so a string. */
  seq?: string;
  kind: string;
  namespace: string | null;
  name: string;
  uid: string;
  from: string;
  to: string;
  at: Date;
  why: string;
}

export interface OutboxRow {
  id: string;
  seq?: string;
  subject: string;
  payload: unknown;
  created?: Date;
  sent: Date | null;
  /** Why it was set aside: sending it again would fail again. */
  refused: string | null;
}

export const TransitionTable = new EntitySchema<TransitionRow>({
  name: 'transition',
  columns: {
    id: { type: 'text', primary: true },
    seq: { type: 'bigint', insert: false, update: false },
    kind: { type: 'text' },
    namespace: { type: 'text', nullable: true },
    name: { type: 'text' },
    uid: { type: 'text' },
    from: { name: 'from_state', type: 'text' },
    to: { name: 'to_state', type: 'text' },
    at: { type: 'timestamp with time zone', precision: 3 },
    why: { type: 'text' },
  },
});

export const OutboxTable = new EntitySchema<OutboxRow>({
  name: 'outbox',
  columns: {
    id: { type: 'text', primary: true },
    seq: { type: 'bigint', insert: false, update: false },
    subject: { type: 'text' },
    payload: { type: 'jsonb' },
    created: { name: 'created_at', type: 'timestamp with time zone', precision: 3, insert: false, update: false },
    sent: { name: 'sent_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    refused: { type: 'text', nullable: true },
  },
});

/** The tables that every service has. Names are unqualified: the connection's search path is the service's own schema. */
export class Records1700000000000 implements MigrationInterface {
  readonly name = 'Records1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table transition (
        id text primary key,
        seq bigint generated always as identity,
        kind text not null,
        namespace text,
        name text not null,
        uid text not null,
        from_state text not null,
        to_state text not null,
        at timestamptz(3) not null,
        why text not null
      )`);
    await runner.query('create index transition_of_object on transition (kind, name, namespace, at, seq)');
    await runner.query('create index transition_of_uid on transition (kind, uid, at desc, seq desc)');
    await runner.query('create index transition_at on transition (at)');
    await runner.query(`
      create table outbox (
        id text primary key,
        seq bigint generated always as identity,
        subject text not null,
        payload jsonb not null,
        created_at timestamptz(3) not null default now(),
        sent_at timestamptz(3),
        refused text
      )`);
    await runner.query('create index outbox_unsent on outbox (seq) where sent_at is null and refused is null');
    await runner.query('create index outbox_sent on outbox (sent_at) where sent_at is not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table outbox');
    await runner.query('drop table transition');
  }
}

/** Of the tables that every service has, the oldest first. */
export const baseMigrations: readonly (new () => MigrationInterface)[] = [Records1700000000000];
