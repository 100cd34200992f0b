/** What plays a playbook on batcave01 unless the estate says otherwise. Source: facts, "batcave01". */
export const usualProgram = 'rbac-playbook';
