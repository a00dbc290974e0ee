using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;

namespace Plait.Throughput.Contenders;

/// <summary>Nothing in between: what the load itself can do.</summary>
internal sealed class Loopback() : Contender("plain loopback")
{
    internal override IReadOnlyList<ProcessGroup> Processes => [];

    internal override Socket Open() => BlockingSockets.Connect(Sink.EndPoint);
}
