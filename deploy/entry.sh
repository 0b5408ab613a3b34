#!/bin/sh
# The image's entry: puts what the image brings into the volume's folder, then runs `xiangyin` with the arguments.
set -eu
brought=/srv/xiangyin/var
home=${XIANGYIN_HOME:?}

# Models are large and never written: linked. Of the trained model another one is made where the county has words of its own: copied.
ln -sfn "$brought/models" "$home/models"
for trained in "$brought"/rasa/*/; do
    name=$(basename "$trained")
    if [ ! -e "$home/rasa/$name/model.tar.gz" ]; then
        mkdir -p "$home/rasa"
        rm -rf "$home/rasa/$name.$$"
        cp -r "$trained" "$home/rasa/$name.$$"
        # Another container of this volume may have been quicker.
        mv -T "$home/rasa/$name.$$" "$home/rasa/$name" 2>/dev/null || rm -rf "$home/rasa/$name.$$"
    fi
done
exec /srv/xiangyin/.venv/bin/xiangyin "$@"
