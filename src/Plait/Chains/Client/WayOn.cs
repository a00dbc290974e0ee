using System.Net;
using Plait.Wire.Arguments;

namespace Plait.Chains.Client;

/// <summary>
/// The way on behind one hop of a chain: the target, and the arguments of the hops behind it. Two connections with equal
/// ways on could take each other's streams.
/// </summary>
/// <param name="target">The target that tor asked for.</param>
/// <param name="arguments">Of each hop behind, in order.</param>
internal sealed class WayOn(EndPoint target, IReadOnlyList<PtArguments> arguments) : IEquatable<WayOn>
{
    private readonly EndPoint _target = target;
    private readonly IReadOnlyList<PtArguments> _arguments = arguments;

    public bool Equals(WayOn? other) =>
        other is not null && _target.Equals(other._target) && _arguments.SequenceEqual(other._arguments);

    public override bool Equals(object? obj) => Equals(obj as WayOn);

    public override int GetHashCode() => _target.GetHashCode();
}
