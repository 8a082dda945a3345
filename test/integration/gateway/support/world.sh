# A small internet in namespaces of its own, for tests of the gateway: this process is the gateway's host, its child the
# outside. Prints the outside's process id and stays until its input ends.
#   sh world.sh FOLDER     with FOLDER/resolv.conf and FOLDER/hosts
set -e
unshare --net sleep infinity &
outside=$!
trap 'kill $outside' EXIT
while [ "$(readlink /proc/$outside/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done

ip link set lo up
ip link add h0 type veth peer name o0 netns $outside
ip address add 198.51.100.2/24 dev h0
ip -6 address add 2001:db8:1::2/64 dev h0 nodad
ip link set h0 up
ip route add default via 198.51.100.1
ip -6 route add default via 2001:db8:1::1
ip route add unreachable 203.0.113.11
# An interface without a carrier, as its other end is down; and a whole network that is this host's.
ip link add h1 type veth peer name h2
ip address add 198.51.101.77/24 dev h1
ip -6 address add 2001:db8:77::7/64 dev h1 nodad
ip link set h1 up
ip route add local 198.51.102.0/24 dev lo

nsenter --target $outside --net sh -e -c '
  ip link set lo up
  ip link set o0 up
  ip address add 198.51.100.1/24 dev o0
  ip -6 address add 2001:db8:1::1/64 dev o0 nodad
  for address in 203.0.113.10 203.0.113.20 10.9.9.9 100.64.0.9 169.254.169.254 192.168.9.9; do
    ip address add $address/32 dev lo
  done
  ip -6 address add 2001:db8::10/128 dev lo nodad
  ip -6 address add fd00::9/128 dev lo nodad
'
mount --make-rprivate /
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
echo "$outside"
cat >/dev/null
