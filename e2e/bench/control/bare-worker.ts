import { Hono } from 'hono';

const app = new Hono();
app.get('/read', c =>
  c.json({ id: '00000000-0000-4000-8000-000000000000', displayName: 'Ada', role: 'player' }),
);

export default app;
