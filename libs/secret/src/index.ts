export { Secret } from './secret';
