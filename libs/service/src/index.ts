export * from './definition.js';
export * from './routes/route.js';
export * from './routes/routes-http.js';
