import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** Status, documented shape and summary of a route's answer, in one place. */
export const Answers = (status: number, summary: string, schema?: z.ZodType): MethodDecorator =>
  applyDecorators(HttpCode(status), ApiOperation({ summary }), ApiResponse({ status, description: summary, ...(schema === undefined ? {} : { standardSchema: schema }) }));
