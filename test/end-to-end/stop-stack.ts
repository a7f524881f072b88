import { down } from '../../local/stack/down.ts';

export default down;
