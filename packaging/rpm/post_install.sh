if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # An update goes on with what was on; a first installation starts it.
    if [ "$1" = 1 ]; then systemctl enable --now hangup; else systemctl try-restart hangup; fi
fi
