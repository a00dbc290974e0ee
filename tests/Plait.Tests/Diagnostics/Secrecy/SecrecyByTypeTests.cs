using System.Net;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Diagnostics.Secrecy;

/// <summary>
/// G5 by type. The only way into a log is a message method of ours, and these take nothing that could carry a secret; a
/// <see cref="SafeText"/> can be made from words of ours and through the scrubber; no type that holds an address or a
/// secret shows it when it is made a text.
/// </summary>
public class SecrecyByTypeTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] s_ours = [typeof(PtArguments).Assembly, typeof(SafeText).Assembly];

    private static readonly Type[] s_harmless = [typeof(SafeText), typeof(int), typeof(long), typeof(double), typeof(TimeSpan)];

    // What an interpolated string may hold besides: the compiler offers the hole to these overloads.
    private static readonly Type[] s_holes = [typeof(SafeText), typeof(long), typeof(double)];

    private static readonly Type[] s_secret =
        [typeof(EndPoint), typeof(IPAddress), typeof(PtArguments), typeof(UpstreamProxy), typeof(byte[]), typeof(Memory<byte>)];

    [Fact]
    public void MessageMethods_Parameters_CannotCarryASecret()
    {
        MethodInfo[] messages = [.. Types().SelectMany(type => type.GetMethods(All))
            .Where(method => method.GetCustomAttribute<LoggerMessageAttribute>() is not null)];
        Assert.NotEmpty(messages);

        Assert.All(messages.SelectMany(message => message.GetParameters()), parameter => Assert.True(
            parameter.ParameterType == typeof(ILogger) || parameter.ParameterType.IsEnum || s_harmless.Contains(parameter.ParameterType),
            $"{parameter.Member.Name}: {parameter.Name} is a {parameter.ParameterType.Name}, which may carry a secret"));
    }

    [Fact]
    public void MessageMethods_CallsOfTheLogger_AreTheOnlyOnes() => Assert.All(s_ours, assembly =>
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        Assert.DoesNotContain("LoggerExtensions", metadata.TypeReferences.Select(type => metadata.GetString(metadata.GetTypeReference(type).Name)));
        Assert.All(CallersOfLog(file, metadata).Where(caller => caller != nameof(QueuedLogger)), // passes on what came through the others
            caller => Assert.EndsWith("Log", caller, StringComparison.Ordinal));
    });

    [Fact]
    public void SafeText_ForeignText_IsNotTaken()
    {
        MethodInfo[] holes = [.. typeof(SafeText).GetMethods(All).Where(method => method.Name == "AppendFormatted")];
        Assert.Equal(s_holes.Length + 1, holes.Length);
        Assert.All(holes, hole => Assert.True(
            hole.IsGenericMethod
                ? hole.GetGenericArguments()[0].GetGenericParameterConstraints().Contains(typeof(Enum))
                : s_holes.Contains(hole.GetParameters()[0].ParameterType)));
        Assert.All(typeof(SafeText).GetConstructors(), constructor => Assert.All(
            constructor.GetParameters(), parameter => Assert.Equal(typeof(int), parameter.ParameterType)));
        Assert.DoesNotContain(typeof(SafeText).GetMethods(All), method => method.Name is "op_Implicit" or "op_Explicit");
    }

    [Fact]
    public void Records_WithAnAddressOrASecret_DoNotPrintTheirMembers() => Assert.All(
        Types().Where(type => MembersOf(type).Any(member => s_secret.Any(secret => secret.IsAssignableFrom(member)))), type => Assert.False(
            type.GetMethod("ToString", All, []) is { } text && text.GetCustomAttribute<CompilerGeneratedAttribute>(inherit: false) is not null,
            $"{type} holds an address or a secret, and its ToString is the compiler's: it prints every member"));

    private static IEnumerable<Type> Types() => s_ours.SelectMany(assembly => assembly.GetTypes());

    private static IEnumerable<Type> MembersOf(Type type) => type.GetProperties(All)
        .Where(property => property.GetMethod is { IsStatic: false })
        .Select(property => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);

    /// <summary>The types whose methods call <c>ILogger.Log</c>; of a type within another, the other.</summary>
    private static IEnumerable<string> CallersOfLog(PEReader file, MetadataReader metadata)
    {
        HashSet<int> log = [.. TokensOfLog(metadata)];
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            byte[] code = method.RelativeVirtualAddress == 0 ? [] : file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
            for (int i = 0; i + 5 <= code.Length; i++)
            {
                if (code[i] is 0x28 or 0x6f && log.Contains(BitConverter.ToInt32(code, i + 1))) // call, callvirt
                {
                    TypeDefinition caller = metadata.GetTypeDefinition(method.GetDeclaringType());
                    while (!caller.GetDeclaringType().IsNil)
                    {
                        caller = metadata.GetTypeDefinition(caller.GetDeclaringType());
                    }

                    yield return metadata.GetString(caller.Name);
                }
            }
        }
    }

    /// <summary>ILogger.Log is generic: what is called is an instance of it.</summary>
    private static IEnumerable<int> TokensOfLog(MetadataReader metadata)
    {
        for (int row = 1; row <= metadata.GetTableRowCount(TableIndex.MethodSpec); row++)
        {
            MethodSpecificationHandle handle = MetadataTokens.MethodSpecificationHandle(row);
            EntityHandle generic = metadata.GetMethodSpecification(handle).Method;
            if (generic.Kind == HandleKind.MemberReference &&
                metadata.GetMemberReference((MemberReferenceHandle)generic) is var member &&
                metadata.GetString(member.Name) == "Log" && member.Parent.Kind == HandleKind.TypeReference &&
                metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name) == "ILogger")
            {
                yield return MetadataTokens.GetToken(handle);
            }
        }
    }
}
