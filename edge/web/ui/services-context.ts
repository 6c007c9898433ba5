import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Services } from '../app/services.ts';

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('No services around this component');
  return services;
}
