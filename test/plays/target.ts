/** The target that the recorded plays are about, and where its play may stop. */
export const target = 'copr-fe-dev.aws.fedoraproject.org';
export const stop = { own: 'copr/frontend', paths: ['/var/lib/pgsql', '/srv/copr-fe'] };
