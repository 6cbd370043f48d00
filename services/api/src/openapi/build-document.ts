import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { permissionOf } from '../access/permissions.js';
import { problemDocument } from '../problems/problem-document.js';

const CHANGING = new Set(['post', 'put', 'delete']);
const METHODS = ['get', 'post', 'put', 'delete'] as const;

/** The description of every route: shapes from the zod schemas that check them, the permission of each, problems as the default answer. */
export const buildDocument = (app: NestFastifyApplication): OpenAPIObject => {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast')
    .setDescription('Control plane for database clusters. Changing requests answer 202 with an operation; every error is application/problem+json with a stable `code`.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API token, hf_pat_…' }, 'token')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}.${method}`,
  });
  const problem = convert(problemDocument, 'output');
  Object.assign((document.components ??= {}).schemas ??= {}, problem.components);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const permission = permissionOf(`${method.toUpperCase()} ${path}`);
      Object.assign(operation, { 'x-permission': permission, security: permission === 'public' ? [] : [{ token: [] }] });
      operation.responses['default'] = { description: 'A problem.', content: { 'application/problem+json': { schema: problem.schema } } };
      if (CHANGING.has(method) && '202' in operation.responses && !path.startsWith('/v1/operations/')) {
        (operation.parameters ??= []).push({ name: 'Idempotency-Key', in: 'header', required: false, description: 'Makes a repeat of this request answer the same.', schema: { type: 'string', maxLength: 255 } });
      }
    }
  }
  return document;
};

/** JSON schema of a zod schema; those with an id become named components. */
const convert = (schema: z.ZodType, io: 'input' | 'output'): { schema: Record<string, unknown>; components: Record<string, never> } => {
  const converted = JSON.stringify(z.toJSONSchema(schema, { unrepresentable: 'any', io, override: ({ jsonSchema }) => simplify(jsonSchema, io) })).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $defs, $schema: _, id, ...rest } = JSON.parse(converted) as Record<string, unknown>;
  const components: Record<string, unknown> = { ...($defs as object | undefined) };
  if (typeof id !== 'string') return { schema: rest, components: components as Record<string, never> };
  components[id] = rest;
  return { schema: { $ref: `#/components/schemas/${id}` }, components: components as Record<string, never> };
};

/** Takes out what says nothing to a reader, and what would forbid answers to grow. */
const simplify = (schema: Record<string, unknown>, io: 'input' | 'output'): void => {
  if (schema['format'] !== undefined) delete schema['pattern'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (io === 'output' && schema['additionalProperties'] === false) delete schema['additionalProperties'];
};
