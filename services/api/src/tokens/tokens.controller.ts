import { Body, Controller, Delete, Get, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiTokens } from '@holdfast/infra/access';
import { z } from 'zod';
import { ALL_PERMISSIONS } from '../access/permissions.js';
import { Answers } from '../http/answers.js';
import { instant } from '../http/queries.js';
import { notFound } from '../problems/problem.js';

const tokenBody = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'Expected 1 to 63 lower-case letters, digits, dots, hyphens and underscores.')
      .meta({ description: 'Facts name the actor `token:NAME`.' }),
    permissions: z.array(z.enum(ALL_PERMISSIONS)).min(1).optional().meta({ description: 'All when absent.' }),
    expiresAt: instant.optional(),
  })
  .meta({ id: 'TokenBody' });

const tokenView = z
  .object({
    id: z.string(),
    actor: z.string(),
    permissions: z.array(z.string()).optional(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().optional(),
    revokedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Token' });
const tokenList = z.object({ items: z.array(tokenView) }).meta({ id: 'TokenList' });
const createdToken = z.object({ id: z.string(), token: z.string().meta({ description: 'Shown this once.' }) }).meta({ id: 'CreatedToken' });

@ApiTags('tokens')
@Controller('v1/tokens')
export class TokensController {
  constructor(@Inject(ApiTokens) private readonly tokens: ApiTokens) {}

  @Get()
  @Answers(200, 'Lists tokens, newest first, without their secrets.', tokenList)
  async list(): Promise<z.infer<typeof tokenList>> {
    const items = await this.tokens.listTokens();
    return { items: items.map(({ permissions, ...token }) => ({ ...token, ...(permissions === undefined ? {} : { permissions: [...permissions] }) })) };
  }

  @Post()
  @Answers(201, 'Makes a token.', createdToken)
  create(@Body({ schema: tokenBody }) body: z.infer<typeof tokenBody>): Promise<z.infer<typeof createdToken>> {
    return this.tokens.createToken({ actor: `token:${body.name}`, permissions: body.permissions, expiresAt: body.expiresAt });
  }

  @Delete(':token')
  @Answers(204, 'Revokes a token, by its id; it is refused after at most a second.')
  async revoke(@Param('token') token: string): Promise<void> {
    if (!(await this.tokens.revokeToken(token))) throw notFound('unknown-token', `There is no token with the id ${token}.`);
  }
}
