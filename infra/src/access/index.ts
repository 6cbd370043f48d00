export { ApiTokens, type AuthenticatedToken, type NewToken, type TokenListing } from './api-tokens.js';
export { RememberedTokens, TOKEN_MEMORY_MS } from './remembered-tokens.js';
export { isDatabaseUnavailable } from './unavailable.js';
