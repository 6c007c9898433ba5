import './app/parsing.ts';
import { render } from 'preact';
import { createServices } from './app/services.ts';
import { App } from './ui/app.tsx';
import { NoticeList } from './ui/notices.tsx';
import { ServicesContext } from './ui/services-context.ts';
import './ui/styles/tokens.css';
import './ui/styles/base.css';
import './ui/styles/pages.css';
import './ui/styles/nav.css';
import './ui/styles/sign-in.css';
import './ui/styles/play.css';
import './ui/styles/touch.css';
import './ui/styles/cover.css';
import './ui/styles/seats.css';
import './ui/styles/social.css';
import './ui/styles/chat.css';
import './ui/styles/voice.css';
import './ui/styles/wallet.css';
import './ui/styles/notices.css';
import './ui/styles/clubs.css';
import './ui/styles/history.css';
import './ui/styles/saves.css';

const services = createServices(window);
const root = document.getElementById('app');
if (root) {
  render(
    <ServicesContext.Provider value={services}>
      <App />
      <NoticeList />
    </ServicesContext.Provider>,
    root,
  );
}
