using System.Reflection;
using Plait.Wire.Pt;
using Xunit.Sdk;
using Xunit.v3;

namespace Plait.SystemTests.Doubles;

/// <summary>A theory that holds on the client and on the bridge: one case for each role, which is its first parameter.</summary>
/// <param name="more">The other parameters, the same for both roles.</param>
internal sealed class EachRoleAttribute(params object?[] more) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<PtRole>().Select(role => ConvertDataRow(new object?[] { role }.Concat(more).ToArray()))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
