#!/usr/bin/python
"""Stands for ansible.posix.mount where only ansible-core is installed: the real mount(8), and that module's words."""
from ansible.module_utils.basic import AnsibleModule


def main():
    words = dict(name={}, src={}, fstype={}, state={}, opts={}, fstab={})
    module = AnsibleModule(argument_spec=words)
    name, src, options = module.params["name"], module.params["src"], module.params["opts"]
    command = ["mount", "-t", module.params["fstype"], *(["-o", options] if options else []), src, name]
    code, out, err = module.run_command(command)
    if code != 0:
        module.fail_json(msg="Error mounting %s: %s" % (name, out + err))
    module.exit_json(changed=True)


main()
