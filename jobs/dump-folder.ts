/** Where `backup-database` leaves its dumps for users to download. */
export const dumpFolder = '/var/www/html/db_dumps';
