import type { Command } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { addLeaf, type Leaf, type Running } from '../leaf.js';

const showCredentials: Leaf<object> = {
  usage: 'show <cluster>',
  summary: "Show the application's user, password and addresses; that they were shown becomes a fact",
  examples: ['./holdfast credentials show shop', './holdfast credentials show shop --json'],
  run: async (context, [cluster = '']) => {
    const api = new HoldfastApi(context);
    const credentials = await api.answer(api.http.GET('/v1/clusters/{cluster}/credentials', { params: { path: { cluster } } }));
    const { user, password, database, readWrite, readOnly, seeds } = credentials;
    const rows = [
      { what: 'user', value: user },
      { what: 'password', value: password },
      ...(database === undefined ? [] : [{ what: 'database', value: database }]),
      ...(seeds === undefined
        ? [
            { what: 'read-write', value: `${readWrite.host}:${readWrite.port}` },
            { what: 'read-only', value: `${readOnly.host}:${readOnly.port}` },
          ]
        : seeds.map((value) => ({ what: 'seed', value }))),
    ];
    context.rows(rows, [{ header: 'what', cell: (row) => row.what }, { header: 'value', cell: (row) => row.value }], credentials);
  },
};

export const addCredentialCommands = (program: Command, running: Running): void => {
  const noun = program.command('credentials').summary("A cluster's credentials").description("A cluster's credentials.");
  addLeaf(noun, running, showCredentials);
};
