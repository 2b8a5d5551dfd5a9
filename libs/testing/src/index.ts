export { specification } from './specification';
